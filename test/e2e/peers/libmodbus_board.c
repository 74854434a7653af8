/*
 * An independent board on libmodbus: `libmodbus_board <port>`. Serves one Modbus TCP client at a time, 8 coils, 8 inputs and
 * 64 registers. Out: `<ns> ready`, `<ns> connect`, `<ns> read|write <unit> <fc> <address> <count or values>`.
 * In: `input <unit> <n> <0|1>` sets an input.
 */
#include <errno.h>
#include <modbus/modbus.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static long long now_ns(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec * 1000000000LL + at.tv_nsec;
}

static void told(const uint8_t *pdu, int unit) {
  int fc = pdu[0], address = pdu[1] << 8 | pdu[2], value = pdu[3] << 8 | pdu[4];
  if (fc == 16) {
    printf("%lld write %d 16 %d ", now_ns(), unit, address);
    for (int at = 0; at < value; at++) printf("%s%d", at ? "," : "", pdu[6 + 2 * at] << 8 | pdu[7 + 2 * at]);
    printf("\n");
  } else if (fc == 5) {
    printf("%lld write %d 5 %d %d\n", now_ns(), unit, address, value == 0xFF00);
  } else {
    printf("%lld %s %d %d %d %d\n", now_ns(), fc <= 4 ? "read" : "write", unit, fc, address, value);
  }
  fflush(stdout);
}

static void obey(modbus_mapping_t *map) {
  char line[128];
  int unit, number, value;
  if (fgets(line, sizeof line, stdin) == NULL) exit(0);
  if (sscanf(line, "input %d %d %d", &unit, &number, &value) == 3 && number >= 1 && number <= 8)
    map->tab_input_bits[number - 1] = (uint8_t)value;
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  setvbuf(stdin, NULL, _IONBF, 0);
  modbus_t *bus = modbus_new_tcp("127.0.0.1", atoi(argv[1]));
  modbus_mapping_t *map = modbus_mapping_new(8, 8, 64, 8);
  int listener = modbus_tcp_listen(bus, 1), client = -1;
  if (listener < 0) return 1;
  printf("%lld ready\n", now_ns());
  fflush(stdout);
  for (;;) {
    struct pollfd waits[2] = {{.fd = 0, .events = POLLIN}, {.fd = client < 0 ? listener : client, .events = POLLIN}};
    if (poll(waits, 2, -1) < 0) return 1;
    if (waits[0].revents) obey(map);
    if (!waits[1].revents) continue;
    if (client < 0) {
      client = modbus_tcp_accept(bus, &listener);
      printf("%lld connect\n", now_ns());
      fflush(stdout);
      continue;
    }
    uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
    int length = modbus_receive(bus, query);
    if (length < 0) {
      modbus_close(bus);
      client = -1;
    } else if (length > 0) {
      told(query + 7, query[6]);
      modbus_reply(bus, query, length, map);
    }
  }
}
