"""A terminal that is read only when told to, full from the first. unread_terminal.py COLUMNS ROWS COMMAND...

Orders on stdin, one a line: "read N" takes at most N bytes, "flow" takes everything from now on, "type HEX" is typed, "term"
signals the command, "hangup" takes the terminal away. What was read goes to stdout; "filled" and "ended CODE" to stderr.
"""
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios

columns, rows = int(sys.argv[1]), int(sys.argv[2])
master, slave = pty.openpty()
fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
# An open file of its own: the command's must stay as a shell hands it over.
filler = os.open(os.ttyname(slave), os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
try:
    while True:
        os.write(filler, b"x" * 4096)
except BlockingIOError:
    pass
os.close(filler)


def own_terminal():
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


child = subprocess.Popen(
    sys.argv[3:], stdin=slave, stdout=slave, stderr=subprocess.DEVNULL, start_new_session=True, preexec_fn=own_terminal
)
os.close(slave)
print("filled", file=sys.stderr, flush=True)

flowing = False
orders = b""
while child.poll() is None:
    ready, _, _ = select.select([0] + ([master] if flowing else []), [], [], 0.02)
    if master in ready:
        try:
            os.write(1, os.read(master, 65536))
        except OSError:
            flowing = False
    if 0 in ready:
        got = os.read(0, 4096)
        if not got:
            child.kill()
        orders += got
    while b"\n" in orders:
        order, orders = orders.split(b"\n", 1)
        word, _, rest = order.decode().partition(" ")
        if word == "read":
            os.write(1, os.read(master, int(rest)))
        elif word == "flow":
            flowing = True
        elif word == "type":
            os.write(master, bytes.fromhex(rest))
        elif word == "term":
            child.send_signal(signal.SIGTERM)
        elif word == "hangup":
            flowing = False
            os.close(master)
print("ended", child.returncode, file=sys.stderr, flush=True)
