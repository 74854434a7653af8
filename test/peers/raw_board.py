#!/usr/bin/python3
"""A relay board on raw bytes, CRC and all its own: `raw_board.py <tty> [late=<nth>:<ms>] [repeat=<every>:<ms>]`.

Every answer of that many is given once more, so many milliseconds after the first; never later than 5 ms after that moment,
however busy the machine is.

Obeys FC05 as Waveshare's boards do, flash range 0x0200.. included, and prints each relay's change as `relay <n> <0|1> <ms>`.
FC02 answers with the count of requests so far as its byte of inputs, so that a stale answer can be told from a fresh one.
"""
import os
import select
import sys
import termios
import time
import tty


def crc(data):
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ 0xA001 if value & 1 else value >> 1
    return bytes((value & 0xFF, value >> 8))


def say(*words):
    print(*words, flush=True)


late_nth, late_ms, repeat_nth, repeat_ms = 0, 0, 0, 0
for word in sys.argv[2:]:
    if word.startswith("late="):
        late_nth, late_ms = (int(part) for part in word[5:].split(":"))
    if word.startswith("repeat="):
        repeat_nth, repeat_ms = (int(part) for part in word[7:].split(":"))

port = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)
tty.setraw(port, termios.TCSANOW)
start = time.monotonic()
held, relays, releases, nth, repeats = b"", [0] * 8, {}, 0, []


def relay(at, on):
    relays[at] = on
    say("relay", at + 1, on, round((time.monotonic() - start) * 1000))


def answer(frame):
    function, address, value = frame[1], frame[2] << 8 | frame[3], frame[4] << 8 | frame[5]
    if function == 5 and 0x0200 <= address < 0x0208:
        relay(address - 0x0200, 1)
        releases[address - 0x0200] = time.monotonic() + value / 10
        return frame[:6]
    if function == 5 and address < 8 and value in (0, 0xFF00):
        relay(address, int(value != 0))
        return frame[:6]
    if function == 2:
        return bytes((frame[0], 2, 1, nth & 0xFF))
    if function == 1:
        return bytes((frame[0], 1, 1, sum(on << at for at, on in enumerate(relays))))
    return bytes((frame[0], function | 0x80, 1))


say("ready")
while True:
    soonest = min([*releases.values(), *(due for due, _ in repeats)], default=time.monotonic() + 60)
    ready, _, _ = select.select([port], [], [], max(0, soonest - time.monotonic()))
    for at in [at for at, due in releases.items() if due <= time.monotonic()]:
        del releases[at]
        relay(at, 0)
    while repeats and repeats[0][0] <= time.monotonic():
        due, frame = repeats.pop(0)
        if time.monotonic() - due < 0.005:
            os.write(port, frame)
    if not ready:
        continue
    held += os.read(port, 256)
    while len(held) >= 8:
        frame, held = held[:8], held[8:]
        if crc(frame[:6]) != frame[6:] or frame[0] != 1:
            held = b""
            break
        nth += 1
        reply = answer(frame)
        if nth == late_nth:
            time.sleep(late_ms / 1000)
        os.write(port, reply + crc(reply))
        if repeat_nth and nth % repeat_nth == 0:
            repeats.append((time.monotonic() + repeat_ms / 1000, reply + crc(reply)))
