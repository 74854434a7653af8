/** Imports the files named on the command line one by one and says which do not link; run in a process of its own. */
import { pathToFileURL } from 'node:url';

const LINKING = new Set([
  'ERR_MODULE_NOT_FOUND',
  'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX',
  'ERR_INVALID_TYPESCRIPT_SYNTAX',
  'ERR_UNKNOWN_FILE_EXTENSION',
  'ERR_IMPORT_ATTRIBUTE_MISSING',
  'ERR_PACKAGE_PATH_NOT_EXPORTED',
]);
/** The first file of a thread or child process may refuse to run here, where nobody started it; it must still link. */
const STARTED_ELSEWHERE = /-(thread|host|child|worker)\.ts$/;

let linked = 0;
for (const file of process.argv.slice(2)) {
  process.stdout.write(`> ${file}\n`);
  try {
    await import(pathToFileURL(file).href);
    linked += 1;
  } catch (error) {
    const code = (error as { code?: unknown } | null)?.code;
    const isLinkFailure = error instanceof SyntaxError || (typeof code === 'string' && LINKING.has(code));
    if (!isLinkFailure && STARTED_ELSEWHERE.test(file)) linked += 1;
    else process.stdout.write(`! ${file}: ${error instanceof Error ? error.message : String(error)}\n`);
  }
}
process.stdout.write(`linked ${linked}\n`, () => process.exit(0));
