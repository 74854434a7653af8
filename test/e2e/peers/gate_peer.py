#!/usr/bin/python3
"""An independent relay board with a boom behind it, that logs all it sees with CLOCK_MONOTONIC.

  gate_peer.py rtu <tty> <units>     pymodbus 3.0 over a real tty (units as 1,2,3)
  gate_peer.py tcp <port> <units>    pymodbus 3.0 over Modbus TCP
  gate_peer.py raw <port> <units>    a Waveshare board on raw sockets, MBAP and all its own

Out: `<ns> ready`, `<ns> read <unit> <fc> <address> <count>`, `<ns> write <unit> <fc> <address> <v,v>`,
     `<ns> connect` (raw only), `<ns> boom <unit> <closed|opening|open|closing>`, `<ns> said <word>`.
In:  `input <unit> <n> <0|1>`, `relay <unit> <n> <0|1>`, `boom <unit> <travel ms> <stay ms or -1>`, `mute <unit>`,
     `unmute <unit>`, `slow <unit> <ms to each answer>` (raw only), `kill <pid or 0> <after this many writes> <delay us> <signal>`, `say <word>`.
"""
import asyncio
import os
import signal
import sys
import threading
import time
import tty
import types

INPUTS = 8


def say(*words):
    sys.stdout.write(" ".join(str(word) for word in (time.monotonic_ns(), *words)) + "\n")
    sys.stdout.flush()


def later(seconds, act):
    timer = threading.Timer(seconds, act)
    timer.daemon = True
    timer.start()
    return timer


class Boom:
    """Input 1 is the open limit, input 2 the closed limit; relay 1 opens, 2 closes, 3 stops, 4 holds open."""

    def __init__(self, board, travel, stay):
        self.board, self.travel, self.stay, self.timer = board, travel, stay, None
        self.show("closed")

    def show(self, state):
        self.state = state
        self.board.inputs[0] = int(state == "open")
        self.board.inputs[1] = int(state == "closed")
        say("boom", self.board.unit, state)

    def move(self, state, end):
        if self.timer:
            self.timer.cancel()
        if self.state == end:
            self.timer = None
            return self.arrived(end)
        self.show(state)
        self.timer = later(self.travel / 1000, lambda: self.arrived(end))

    def arrived(self, end):
        if self.state != end:
            self.show(end)
        # A board that owns closing drops the boom by itself.
        if end == "open" and self.stay >= 0 and not self.board.relays[3]:
            self.timer = later(self.stay / 1000, lambda: self.move("closing", "closed"))

    def relay(self, number):
        relays = self.board.relays
        if relays[2]:
            return self.timer and self.timer.cancel()
        if relays[0] or relays[3]:
            self.move("opening", "open")
        elif relays[1]:
            self.move("closing", "closed")


class Board:
    def __init__(self, unit):
        self.unit, self.muted, self.boom, self.slow = unit, False, None, 0
        self.inputs, self.relays, self.releases = [0] * INPUTS, [0] * 8, {}

    def switch(self, relay, on, seconds=None):
        old = self.releases.pop(relay, None)
        if old:
            old.cancel()
        self.relays[relay] = int(on)
        if seconds is not None:
            self.releases[relay] = later(seconds, lambda: self.switch(relay, 0))
        if self.boom and on:
            self.boom.relay(relay)

    def wrote(self, fc, address, values):
        """What the makers' manuals say each write does."""
        say("write", self.unit, fc, address, ",".join(str(int(value)) for value in values))
        if fc == 5 and address < 8:
            self.switch(address, values[0])
        elif fc == 15:
            for at, value in enumerate(values):
                self.switch(address + at, value)
        elif fc == 5 and 0x0200 <= address < 0x0208:
            self.switch(address - 0x0200, 1, values[0] / 10)
        elif fc == 16 and address >= 3 and len(values) == 2 and values[0] == 4:
            self.switch((address - 3) // 5, 1, values[1] / 10)
        elif fc == 6 and values[0] == 0x0500:
            self.switch(address - 1, 1, 1)
        elif fc == 6 and values[0] in (0x0100, 0x0200):
            self.switch(address - 1, values[0] == 0x0100)
        Killer.wrote()


class Killer:
    """Signals a process the moment that the n-th next write has arrived, and before it is answered."""

    pid, writes, delay, signal = 0, 0, 0, signal.SIGKILL

    @classmethod
    def wrote(cls):
        if cls.pid == 0:
            return
        cls.writes -= 1
        if cls.writes > 0:
            return
        pid, cls.pid = cls.pid, 0
        if cls.delay == 0:
            cls.end(pid)
        else:
            later(cls.delay / 1e6, lambda: cls.end(pid))

    @staticmethod
    def end(pid):
        try:
            os.kill(pid, Killer.signal)
            say("signalled", pid)
        except ProcessLookupError:
            say("gone", pid)


boards = {}


def obey(line):
    word, *rest = line.split()
    if word == "say":
        return say("said", *rest)
    numbers = [int(part) for part in rest]
    if word == "kill":
        Killer.writes, Killer.delay, Killer.signal = numbers[1], numbers[2], numbers[3]
        Killer.pid = numbers[0]
        return None
    board = boards[numbers[0]]
    if word == "input":
        board.inputs[numbers[1] - 1] = numbers[2]
    elif word == "relay":
        board.switch(numbers[1] - 1, numbers[2])
    elif word == "boom":
        board.boom = Boom(board, numbers[1], numbers[2])
    elif word in ("mute", "unmute"):
        board.muted = word == "mute"
    elif word == "slow":
        board.slow = numbers[1] / 1000
    return None


def listen():
    for line in sys.stdin:
        if line.strip():
            obey(line)
    os._exit(0)


# ---------------------------------------------------------------- pymodbus


class Tty:
    """Stands where pyserial-asyncio's transport would, which Debian's pymodbus package does not depend on."""

    def __init__(self, loop, protocol, path):
        self.fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        tty.setraw(self.fd)
        self.serial = types.SimpleNamespace(port=path)
        self.loop, self.protocol = loop, protocol
        protocol.connection_made(self)
        loop.add_reader(self.fd, self.readable)

    def readable(self):
        try:
            data = os.read(self.fd, 256)
        except OSError:
            data = b""
        if data:
            self.protocol.data_received(data)
        else:
            self.loop.remove_reader(self.fd)

    def write(self, data):
        os.write(self.fd, data)

    def close(self):
        self.loop.remove_reader(self.fd)

    abort = close


async def create_serial_connection(loop, factory, path, **_):
    protocol = factory()
    return Tty(loop, protocol, path), protocol


def serve_pymodbus(kind, place):
    sys.modules["serial_asyncio"] = types.SimpleNamespace(create_serial_connection=create_serial_connection)
    from pymodbus.datastore import ModbusServerContext, ModbusSlaveContext
    from pymodbus.exceptions import NoSuchSlaveException
    from pymodbus.framer.rtu_framer import ModbusRtuFramer
    from pymodbus.server import StartSerialServer, StartTcpServer

    class Slave(ModbusSlaveContext):
        def __init__(self, board):
            super().__init__(zero_mode=True)
            self.board = board

        def validate(self, fc, address, count=1):
            # A write is answered by what was written; reads are counted where the values are taken.
            return 0 <= address and address + count <= 0x2000

        def getValues(self, fc, address, count=1):
            board = self.board
            if fc <= 4:
                if board.muted:
                    raise NoSuchSlaveException()
                say("read", board.unit, fc, address, count)
            if fc == 2:
                return (board.inputs + [0] * count)[address : address + count]
            if fc in (1, 5):
                return (board.relays + [0] * count)[address : address + count]
            if fc == 3 and address < 16:
                return ([0] + board.relays + [0] * 16)[address : address + count]
            if fc == 6:
                return [self.last]
            return [0] * count

        def setValues(self, fc, address, values):
            if self.board.muted:
                raise NoSuchSlaveException()
            self.last = values[0]
            self.board.wrote(fc, address, values)

    context = ModbusServerContext(slaves={unit: Slave(board) for unit, board in boards.items()}, single=False)
    say("ready")
    if kind == "rtu":
        StartSerialServer(context=context, framer=ModbusRtuFramer, port=place, baudrate=9600, ignore_missing_slaves=True)
    else:
        StartTcpServer(
            context=context, address=("127.0.0.1", int(place)), ignore_missing_slaves=True, allow_reuse_address=True
        )


# ---------------------------------------------------------------- raw


def answer(board, pdu):
    function = pdu[0]
    address, value = pdu[1] << 8 | pdu[2], pdu[3] << 8 | pdu[4]
    if function == 5 and 0x0200 <= address < 0x0208:
        board.wrote(5, address, [value])
        return pdu[:5]
    if function == 5 and address < 8 and value in (0, 0xFF00):
        board.wrote(5, address, [int(value != 0)])
        return pdu[:5]
    if function in (1, 2):
        say("read", board.unit, function, address, value)
        bank = board.relays if function == 1 else board.inputs
        bits = (bank + [0] * 8)[address : address + value]
        return bytes((function, 1, sum(on << at for at, on in enumerate(bits))))
    if function == 3 and 0x1000 <= address < 0x1008:
        return bytes((3, 2 * value)) + bytes(2 * value)
    return bytes((function | 0x80, 1))


async def serve_raw(port):
    async def serve(reader, writer):
        say("connect")
        try:
            while True:
                head = await reader.readexactly(7)
                pdu = await reader.readexactly((head[4] << 8 | head[5]) - 1)
                board = boards.get(head[6])
                if board is None or board.muted:
                    continue
                reply = answer(board, pdu)
                await asyncio.sleep(board.slow)
                writer.write(head[:4] + bytes((0, len(reply) + 1, head[6])) + reply)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", port)
    say("ready")
    await server.serve_forever()


def main():
    kind, place, units = sys.argv[1:4]
    for unit in units.split(","):
        boards[int(unit)] = Board(int(unit))
    threading.Thread(target=listen, daemon=True).start()
    if kind == "raw":
        asyncio.run(serve_raw(int(place)))
    else:
        serve_pymodbus(kind, place)


main()
