/*
 * The independent device of the bench: N relay boards behind Modbus TCP (one port a board) or on one RTU bus, a pty that is
 * paced to a baud rate. Written from the Modbus specifications, sharing no code with the gateway.
 *
 *   device tcp  UNITS TRAVEL_MS OPEN_MS
 *   device pty  UNITS TRAVEL_MS OPEN_MS BAUD LINK
 *
 * Board: FC05 of coil 0x0000 or 0x0200 (self-releasing flash), FC0F from coil 0, FC06/FC10 of register 0: OPEN of barrier 1; FC05 of
 * coil 0x0001 or 0x0201: CLOSE. Discrete inputs 0 and 1 are the limits "open" and "closed", the others as they were told.
 * The boom rises TRAVEL_MS, stands open OPEN_MS, falls TRAVEL_MS; with OPEN_MS 0 it stands open until a CLOSE.
 * stdout: "ready PORT…" once; "open UNIT NS" for each OPEN, "close UNIT NS" for each CLOSE, "polled NS" for the first reading of inputs; NS is CLOCK_MONOTONIC when the request's last byte had landed.
 * stdin: "stats" -> one JSON line, "reset" -> zeroes the counters, "dead U", "babble U" (noise behind each of its answers),
 * "input U N 0|1", "said" -> "said NS" once all before it is in force; the end of stdin ends the device.
 *
 * Pace: bytes handed over at one moment occupy the wire one character time each; a reply starts after 3.5 characters and is
 * handed over when its last byte has landed. A frame that starts within 3.5 characters of the last activity is a silence
 * breach; bytes that come before the answer to the last request has ended are a collision, unless we ourselves were late.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pty.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_UNITS 32
#define MAX_SOCKETS (2 * MAX_UNITS + 8)
/* Woken late by the kernel, we would see a frame later than it was sent, never earlier: this covers reading the clock. */
#define GRACE_NS 50000

typedef int64_t ns_t;

struct board {
  ns_t opened_at, closed_at; /* ordered; 0: never */
  int dead, babbles, inputs;
  long polls, opens, repeats;
  ns_t last_poll, longest_gap;
};

struct stream {
  int fd, unit, listening, used;
  uint8_t bytes[600];
};

static struct board boards[MAX_UNITS + 1];
static int units, polled;
static ns_t travel_ns, open_ns;
static long requests, bad_frames, collisions, breaches, late;
static ns_t stats_since, busy_ns;

static ns_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (ns_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static unsigned crc_of(const uint8_t *bytes, int count) {
  unsigned crc = 0xFFFF;
  for (int i = 0; i < count; i++) {
    crc ^= bytes[i];
    for (int bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0xA001 : crc >> 1;
  }
  return crc;
}

/* ---------------------------------------------------------------- the board */

static int input_of(const struct board *board, int at, ns_t when) {
  ns_t since = when - board->opened_at;
  int falls = open_ns == 0 && board->closed_at > board->opened_at;
  int moved = board->opened_at != 0 && (open_ns == 0 || since < 2 * travel_ns + open_ns);
  if (at > 1) return board->inputs >> at & 1;
  if (falls) return at == 1 && when - board->closed_at >= travel_ns;
  if (at == 0 && open_ns == 0) return moved && since >= travel_ns;
  if (at == 0) return moved && since >= travel_ns && since < travel_ns + open_ns;
  return !moved;
}

static void open_boom(int unit, ns_t when) {
  struct board *board = &boards[unit];
  board->opens++;
  ns_t since = when - board->opened_at;
  /* A pulse to a boom that is up or rising is a second one for the same opening. */
  if (open_ns != 0 && board->opened_at != 0 && since < travel_ns + open_ns) board->repeats++;
  else board->opened_at = when;
  printf("open %d %lld\n", unit, (long long)when);
}

static void close_boom(int unit, ns_t when) {
  boards[unit].closed_at = when;
  printf("close %d %lld\n", unit, (long long)when);
}

static int refuse(uint8_t *reply, int function, int code) {
  reply[0] = function | 0x80;
  reply[1] = code;
  return 2;
}

/* One request PDU in, one reply PDU out; `when` is the landing of its last byte. Returns the reply's length. */
static int serve(int unit, const uint8_t *pdu, int length, uint8_t *reply, ns_t when) {
  int function = pdu[0], address = pdu[1] << 8 | pdu[2], value = pdu[3] << 8 | pdu[4];
  struct board *board = &boards[unit];
  requests++;
  reply[0] = function;
  switch (function) {
    case 1:
    case 2:
      if (value < 1 || value > 64) return refuse(reply, function, 3);
      if (function == 2) {
        if (board->last_poll != 0 && when - board->last_poll > board->longest_gap) board->longest_gap = when - board->last_poll;
        board->last_poll = when;
        board->polls++;
        if (!polled) printf("polled %lld\n", (long long)when);
        polled = 1;
      }
      reply[1] = (value + 7) / 8;
      memset(reply + 2, 0, reply[1]);
      if (function == 2)
        for (int i = 0; i < value; i++)
          if (input_of(board, address + i, when)) reply[2 + i / 8] |= 1 << (i % 8);
      return 2 + reply[1];
    case 3:
    case 4:
      if (value < 1 || value > 64) return refuse(reply, function, 3);
      reply[1] = 2 * value;
      memset(reply + 2, 0, reply[1]);
      return 2 + reply[1];
    case 5:
      if (value != 0 && (address == 0 || address == 0x0200)) open_boom(unit, when);
      if (value != 0 && (address == 1 || address == 0x0201)) close_boom(unit, when);
      break;
    case 6:
      if (value != 0 && address == 0) open_boom(unit, when);
      break;
    case 15:
      if (length >= 7 && address == 0 && (pdu[6] & 1)) open_boom(unit, when);
      break;
    case 16:
      if (length >= 8 && address == 0 && (pdu[6] | pdu[7])) open_boom(unit, when);
      break;
    default:
      return refuse(reply, function, 1);
  }
  memcpy(reply, pdu, 5);
  return 5;
}

#include "paced-rtu.h"

/* ---------------------------------------------------------------- Modbus TCP */

static struct stream streams[MAX_SOCKETS];
static int stream_count;

static void tcp_receive(struct stream *stream) {
  ssize_t count = read(stream->fd, stream->bytes + stream->used, sizeof stream->bytes - stream->used);
  ns_t at = now_ns();
  if (count <= 0) {
    close(stream->fd);
    *stream = streams[--stream_count];
    return;
  }
  stream->used += count;
  for (;;) {
    if (stream->used < 8) return;
    int whole = 6 + (stream->bytes[4] << 8 | stream->bytes[5]);
    if (whole < 12 || whole > 260) {
      bad_frames++;
      stream->used = 0;
      return;
    }
    if (stream->used < whole) return;
    if (!boards[stream->unit].dead) {
      uint8_t reply[300];
      memcpy(reply, stream->bytes, 4);
      reply[6] = stream->bytes[6];
      int length = serve(stream->unit, stream->bytes + 7, whole - 7, reply + 7, at);
      reply[4] = 0;
      reply[5] = length + 1;
      if (write(stream->fd, reply, 7 + length) != 7 + length) bad_frames++;
    }
    memmove(stream->bytes, stream->bytes + whole, stream->used - whole);
    stream->used -= whole;
  }
}

static int listen_any(void) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  if (fd < 0 || bind(fd, (void *)&address, size) || listen(fd, 8)) exit(3);
  getsockname(fd, (void *)&address, &size);
  streams[stream_count] = (struct stream){.fd = fd, .unit = stream_count + 1, .listening = 1};
  stream_count++;
  return ntohs(address.sin_port);
}

static void tcp_accept(const struct stream *from) {
  int fd = accept4(from->fd, 0, 0, SOCK_NONBLOCK), one = 1, unit = from->unit;
  if (fd < 0) return;
  if (stream_count == MAX_SOCKETS) {
    close(fd);
    return;
  }
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  streams[stream_count++] = (struct stream){.fd = fd, .unit = unit};
}

/* ---------------------------------------------------------------- orders from the bench */

static void stats(void) {
  ns_t at = now_ns();
  double seconds = (at - stats_since) / 1e9;
  long polls = 0, opens = 0, repeats = 0;
  ns_t gap = 0;
  for (int unit = 1; unit <= units; unit++) {
    polls += boards[unit].polls;
    opens += boards[unit].opens;
    repeats += boards[unit].repeats;
    if (boards[unit].longest_gap > gap) gap = boards[unit].longest_gap;
  }
  printf("{\"seconds\":%.3f,\"requests\":%ld,\"polls\":%ld,\"opens\":%ld,\"repeats\":%ld,\"longestPollGapMs\":%.1f,"
         "\"badFrames\":%ld,\"collisions\":%ld,\"breaches\":%ld,\"late\":%ld,\"wireUse\":%.3f}\n",
         seconds, requests, polls, opens, repeats, gap / 1e6, bad_frames, collisions, breaches, late, busy_ns / 1e9 / seconds);
}

static void reset(void) {
  for (int unit = 1; unit <= units; unit++) {
    struct board *board = &boards[unit];
    board->polls = board->opens = board->repeats = 0;
    board->last_poll = board->longest_gap = 0;
  }
  requests = bad_frames = collisions = breaches = late = 0;
  busy_ns = polled = 0;
  stats_since = now_ns();
}

static void obey(void) {
  static char text[200];
  static int used;
  ssize_t count = read(0, text + used, sizeof text - 1 - used);
  if (count <= 0) exit(0);
  used = used + count == sizeof text - 1 ? 0 : used + count;
  text[used] = 0;
  for (char *end; (end = strchr(text, '\n')) != 0;) {
    int unit = 0, input = 0, on = 0;
    *end = 0;
    if (strcmp(text, "stats") == 0) stats();
    else if (strcmp(text, "reset") == 0) reset();
    else if (strcmp(text, "said") == 0) printf("said %lld\n", (long long)now_ns());
    else if (sscanf(text, "dead %d", &unit) == 1 && unit >= 1 && unit <= units) boards[unit].dead = 1;
    else if (sscanf(text, "babble %d", &unit) == 1 && unit >= 1 && unit <= units) boards[unit].babbles = 1;
    else if (sscanf(text, "input %d %d %d", &unit, &input, &on) == 3 && unit >= 1 && unit <= units && input > 1 && input < 31)
      boards[unit].inputs = (boards[unit].inputs & ~(1 << input)) | (on != 0) << input;
    used -= end + 1 - text;
    memmove(text, end + 1, used + 1);
  }
}

static void open_bus(int baud, const char *link) {
  int slave;
  char name[128];
  struct termios raw;
  if (openpty(&bus, &slave, name, 0, 0)) exit(3);
  tcgetattr(slave, &raw);
  cfmakeraw(&raw);
  tcsetattr(slave, TCSANOW, &raw);
  /* `slave` stays open: the gateway may close and open its end without the pty hanging up. */
  fcntl(bus, F_SETFL, O_NONBLOCK);
  if (symlink(name, link)) exit(3);
  char_ns = 10 * 1000000000LL / baud;
  silence_ns = baud > 19200 ? 1750000 : 35 * char_ns / 10;
  printf("ready");
}

int main(int count, char **given) {
  int is_tcp = count == 5 && strcmp(given[1], "tcp") == 0, is_pty = count == 7 && strcmp(given[1], "pty") == 0;
  if (!is_tcp && !is_pty) {
    fprintf(stderr, "usage: device tcp UNITS TRAVEL_MS OPEN_MS | device pty UNITS TRAVEL_MS OPEN_MS BAUD LINK\n");
    return 2;
  }
  units = atoi(given[2]);
  travel_ns = atoll(given[3]) * 1000000;
  open_ns = atoll(given[4]) * 1000000;
  if (units < 1 || units > MAX_UNITS) return 2;
  /* Hardware does not wait for a busy PC: no timer slack, and where we may, before all other processes. */
  prctl(PR_SET_TIMERSLACK, 1);
  sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){.sched_priority = 1});
  stats_since = now_ns();
  if (is_pty) open_bus(atoi(given[5]), given[6]);
  else printf("ready");
  for (int unit = 1; is_tcp && unit <= units; unit++) printf(" %d", listen_any());
  printf("\n");
  for (;;) {
    fflush(stdout);
    struct pollfd fds[MAX_SOCKETS + 2] = {{.fd = 0, .events = POLLIN}, {.fd = bus, .events = POLLIN}};
    for (int i = 0; i < stream_count; i++) fds[2 + i] = (struct pollfd){.fd = streams[i].fd, .events = POLLIN};
    ns_t due = rtu_due(), left = due - now_ns();
    if (left < 0) left = 0;
    struct timespec wait = {left / 1000000000, left % 1000000000};
    int polled = stream_count;
    if (ppoll(fds, 2 + polled, due == 0 ? 0 : &wait, 0) < 0) continue;
    if (fds[1].revents & POLLIN) rtu_receive();
    rtu_tick();
    /* Backwards: a closed stream is replaced by the last one, which has been served already. */
    for (int i = polled - 1; i >= 0; i--) {
      if (fds[2 + i].revents == 0) continue;
      if (streams[i].listening) tcp_accept(&streams[i]);
      else tcp_receive(&streams[i]);
    }
    if (fds[0].revents) obey();
  }
}
