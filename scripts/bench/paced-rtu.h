/* Modbus RTU on a pty that is paced to a baud rate; a part of device.c, which has the boards and the counters. */

static int bus = -1;
static ns_t char_ns, silence_ns;
static uint8_t rx[600], tx[300];
static int rx_count, tx_count;
static ns_t wire_free; /* the last byte on the wire, in either direction, has landed */
static ns_t request_end, reply_end;
static int awaiting; /* a whole request is still landing */

static int rtu_length(void) {
  if (rx_count < 2) return 0;
  if (rx[1] == 15 || rx[1] == 16) return rx_count < 7 ? 0 : 9 + rx[6];
  return 8;
}

static void rtu_landed(void) {
  int whole = rtu_length(), unit = rx[0];
  uint8_t frame[300];
  memcpy(frame, rx, whole);
  rx_count = awaiting = 0;
  if (crc_of(frame, whole - 2) != (unsigned)(frame[whole - 2] | frame[whole - 1] << 8)) {
    bad_frames++;
    return;
  }
  if (unit < 1 || unit > units || boards[unit].dead) return;
  tx[0] = unit;
  int length = 1 + serve(unit, frame + 1, whole - 3, tx + 1, request_end);
  unsigned crc = crc_of(tx, length);
  tx[length] = crc & 0xFF;
  tx[length + 1] = crc >> 8;
  tx_count = length + 2;
  /* Two dozen characters that nobody asked for, right behind the answer. */
  for (int i = 0; boards[unit].babbles && i < 24; i++) tx[tx_count++] = 0x55 ^ (i * 37);
  reply_end = request_end + silence_ns + tx_count * char_ns;
  busy_ns += tx_count * char_ns;
}

static void rtu_reply(void) {
  /* Before the write: the gateway may have the bytes before we run again, and its silence counts from then. */
  ns_t at = now_ns();
  if (write(bus, tx, tx_count) != tx_count) bad_frames++;
  tx_count = 0;
  wire_free = at > reply_end ? at : reply_end;
}

static void rtu_receive(void) {
  uint8_t piece[300];
  ssize_t count = read(bus, piece, sizeof piece);
  ns_t at = now_ns();
  if (count <= 0) return;
  /* We overslept: on a wire the answer would have been over, so that nobody is to blame but this machine. */
  if (awaiting && at >= request_end) rtu_landed();
  if (tx_count > 0 && at >= reply_end) {
    late++;
    rtu_reply();
    wire_free = reply_end;
  }
  if (tx_count > 0) {
    collisions++;
    return;
  }
  if (rx_count > 0 && at - wire_free > 20000000) {
    bad_frames++;
    rx_count = awaiting = 0;
  }
  if (rx_count == 0 && at < wire_free + silence_ns - GRACE_NS) breaches++;
  if (rx_count + count > (ssize_t)sizeof rx) {
    bad_frames++;
    rx_count = awaiting = 0;
    return;
  }
  ns_t start = at > wire_free ? at : wire_free;
  wire_free = start + count * char_ns;
  busy_ns += count * char_ns;
  memcpy(rx + rx_count, piece, count);
  rx_count += count;
  int whole = rtu_length();
  if (whole == 0 || rx_count < whole) return;
  /* Bytes behind a whole frame came without any silence. */
  if (rx_count > whole) collisions++;
  request_end = wire_free - (rx_count - whole) * char_ns;
  awaiting = 1;
}

static ns_t rtu_due(void) {
  return awaiting ? request_end : tx_count > 0 ? reply_end : 0;
}

static void rtu_tick(void) {
  ns_t at = now_ns();
  if (awaiting && at >= request_end) rtu_landed();
  if (!awaiting && tx_count > 0 && at >= reply_end) rtu_reply();
}
