/** Checks of the certificates of the way to the platform: each file holds what its key says, the pair fits, and today is within its dates. */
import type { Text, Wall } from '../core/values.ts';
import type { Code, Params } from './errors.ts';
import type { PemCertificate, PemShape } from './pem.ts';

type Name = 'caFile' | 'certFile' | 'keyFile';
interface Named {
  /** As the YAML names it. */
  readonly what: string;
  readonly pem: PemShape;
}
type Found = (code: Code, params: Params, key: Name) => void;

/** @param files those that could be read. */
export function checkPems(files: ReadonlyMap<Name, Named>, nowWall: Wall, found: Found): void {
  const [ca, cert, key] = [files.get('caFile'), files.get('certFile'), files.get('keyFile')];
  if (ca !== undefined) checkCertificates('caFile', ca, nowWall, found);
  if (cert !== undefined && key !== undefined && areSwapped(cert.pem, key.pem)) {
    found('E-PEM-SWAPPED', { cert: cert.what, key: key.what }, 'certFile');
    return;
  }
  const certFits = cert === undefined || checkCertificates('certFile', cert, nowWall, found);
  const keyFits = key === undefined || checkKey(key, found);
  if (!certFits || !keyFits || cert === undefined || key === undefined) return;
  const [ours, theirs] = [cert.pem.certificates[0]?.print ?? null, printOf(key.pem)];
  if (ours !== null && theirs !== null && ours !== theirs)
    found('E-PEM-PAIR', { cert: cert.what, key: key.what }, 'keyFile');
}

function areSwapped(cert: PemShape, key: PemShape): boolean {
  return cert.certificates.length === 0 && key.keys.length === 0 && cert.keys.length > 0 && key.certificates.length > 0;
}

function printOf({ keys: [first] }: PemShape): string | null {
  return first === undefined || first.locked ? null : first.print;
}

/** True where the file holds what it is named for. */
function checkCertificates(name: 'caFile' | 'certFile', file: Named, nowWall: Wall, found: Found): boolean {
  const { certificates, broken } = file.pem;
  if (broken > 0) found('E-PEM-BROKEN', { what: file.what, part: broken }, name);
  else if (certificates.length === 0) found('E-PEM-KIND', kindParams(file, name), name);
  else checkDates(name, file, nowWall, found);
  return broken === 0 && certificates.length > 0;
}

/** Of authorities one that is in force is enough; of a chain the first is ours. */
function checkDates(name: 'caFile' | 'certFile', { what, pem }: Named, nowWall: Wall, found: Found): void {
  const looked: readonly PemCertificate[] = name === 'caFile' ? pem.certificates : pem.certificates.slice(0, 1);
  if (looked.every(({ until }) => until < nowWall))
    found('W-PEM-EXPIRED', { what, date: dayOf(Math.max(...looked.map(({ until }) => until))) }, name);
  else if (looked.every(({ from }) => from > nowWall))
    found('W-PEM-EARLY', { what, date: dayOf(Math.min(...looked.map(({ from }) => from))) }, name);
}

function dayOf(at: Wall): string {
  return new Date(at).toISOString().slice(0, 10);
}

function checkKey(file: Named, found: Found): boolean {
  const { keys, broken } = file.pem;
  const [first] = keys;
  if (first?.locked === true) found('E-PEM-LOCKED', { what: file.what }, 'keyFile');
  else if (broken > 0) found('E-PEM-BROKEN', { what: file.what, part: broken }, 'keyFile');
  else if (first === undefined) found('E-PEM-KIND', kindParams(file, 'keyFile'), 'keyFile');
  return first?.locked === false && broken === 0;
}

const certificate: Text = { zh: '证书', en: 'certificate' };
const privateKey: Text = { zh: '私钥', en: 'private key' };
const others: Readonly<Record<PemShape['otherwise'], Text>> = {
  request: { zh: '里面是证书请求（CSR）', en: 'it holds a certificate request (CSR)' },
  publicKey: { zh: '里面是公钥', en: 'it holds a public key' },
  binary: { zh: '它是二进制（DER）', en: 'it is binary (DER)' },
  noPem: { zh: '里面没有 -----BEGIN 行', en: 'it has no -----BEGIN line' },
};

function kindParams({ what, pem }: Named, name: Name): Params {
  const wanted = name === 'keyFile' ? privateKey : certificate;
  const holds = (one: Text): Text => ({ zh: `里面是${one.zh}`, en: `it holds a ${one.en}` });
  const found =
    pem.keys.length > 0 ? holds(privateKey) : pem.certificates.length > 0 ? holds(certificate) : others[pem.otherwise];
  const advice = adviceOf(what, name, pem);
  return {
    ...{ what, wantedZh: wanted.zh, wantedEn: wanted.en, foundZh: found.zh, foundEn: found.en },
    ...{ adviceZh: advice.zh, adviceEn: advice.en },
  };
}

function adviceOf(what: string, name: Name, pem: PemShape): Text {
  if (pem.otherwise === 'binary') {
    const tool = name === 'keyFile' ? 'pkey' : 'x509';
    const command = `openssl ${tool} -inform der -in ${what} -out`;
    return { zh: `转换：${command} 新文件`, en: `convert it: ${command} NEW` };
  }
  const line = name === 'keyFile' ? '-----BEGIN PRIVATE KEY-----' : '-----BEGIN CERTIFICATE-----';
  const whose: Readonly<Record<Name, Text>> = {
    caFile: { zh: '签发平台证书的 CA 证书', en: "the authority's that signed the broker's certificate" },
    certFile: { zh: '平台发给本机的证书', en: "this gateway's, as the platform issued it" },
    keyFile: { zh: '申请证书时生成的私钥', en: 'the one with which the certificate was asked for' },
  };
  return {
    zh: `${name} 写${whose[name].zh}，文件中有一行 ${line}`,
    en: `name in ${name} ${whose[name].en}; the file has a line ${line}`,
  };
}
