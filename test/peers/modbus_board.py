#!/usr/bin/python3
"""An independent Modbus device on pymodbus 3.0.0: `modbus_board.py rtu <tty> <baud>` or `modbus_board.py tcp <port>`.

Says `ready` when it serves. Every coil write is printed as `coil <address> <value>`.
Inputs 1, 3 and 5 are on; analog inputs 2, 3 and 4 show 1200, 2900 and 4095 counts; units 1 and 2 answer.
"""
import asyncio
import os
import sys
import tty
import types


class Tty:
    """Stands where pyserial-asyncio's transport would, which Debian's pymodbus package does not depend on."""

    def __init__(self, loop, protocol, path):
        self.fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        tty.setraw(self.fd)
        self.serial = types.SimpleNamespace(port=path)
        self.loop = loop
        protocol.connection_made(self)
        loop.add_reader(self.fd, lambda: protocol.data_received(os.read(self.fd, 256)))

    def write(self, data):
        os.write(self.fd, data)

    def close(self):
        self.loop.remove_reader(self.fd)

    abort = close


async def create_serial_connection(loop, factory, path, **_):
    protocol = factory()
    return Tty(loop, protocol, path), protocol


sys.modules["serial_asyncio"] = types.SimpleNamespace(create_serial_connection=create_serial_connection)

from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.framer.rtu_framer import ModbusRtuFramer
from pymodbus.server import StartSerialServer, StartTcpServer


class Coils(ModbusSequentialDataBlock):
    def setValues(self, address, values):
        super().setValues(address, values)
        for offset, value in enumerate(values):
            print(f"coil {address + offset} {int(bool(value))}", flush=True)


def slave():
    return ModbusSlaveContext(
        di=ModbusSequentialDataBlock(0, [1, 0, 1, 0, 1, 0, 0, 0] + [0] * 8),
        co=Coils(0, [0] * 16),
        hr=ModbusSequentialDataBlock(0, [0] * 64),
        ir=ModbusSequentialDataBlock(0, [0, 1200, 2900, 4095] + [0] * 12),
        zero_mode=True,
    )


def main():
    context = ModbusServerContext(slaves={1: slave(), 2: slave()}, single=False)
    print("ready", flush=True)
    if sys.argv[1] == "rtu":
        StartSerialServer(context=context, framer=ModbusRtuFramer, port=sys.argv[2], baudrate=int(sys.argv[3]), ignore_missing_slaves=True)
    else:
        StartTcpServer(context=context, address=("127.0.0.1", int(sys.argv[2])), ignore_missing_slaves=True)


main()
