/*
 * Thousands of clients of a live stream in one thread: connects, reads, counts updates and measures how old they are.
 * An update carries the monotonic clock in microseconds as "price":N; of a trigger the moment is told when it came.
 *
 *   clients PORT COUNT sse|ws|sio ADDRESSES RECONNECT < requests NUL-separated, each used in turn, then commands
 *
 * Commands, a line each: reset, report, await (say when all are connected), stall N (the first N stop reading), quit.
 * Answers are lines of JSON: one when all are connected, one for each report and trigger.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif

enum { IDLE, CONNECTING, ASKED, OPEN, STALLED };
/* What is counted may come in two reads: its beginning is kept. */
#define KEPT 40
struct client { int fd; uint8_t state, kept; char tail[KEPT]; uint32_t retry_ms; int64_t due; };

/* Below 64 us a bucket each, above 32 to a doubling. */
#define BUCKETS 1024
static uint64_t histogram[BUCKETS], updates, bytes, closed, refused, worst;
static struct client *clients;
static char **requests;
static int port, count, addresses, reconnect, kind, request_count, epoll, open_count, in_hand, next_new, told;
static const int MAX_IN_HAND = 1000;
static char room[KEPT + (1 << 18)], *const buffer = room + KEPT;
static const char PRICE[] = "\"price\":", SSE_TRIGGER[] = "event: trigger", WS_TRIGGER[] = "\"event\":\"trigger\"";

static int64_t now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int bucket_of(uint64_t us) {
  if (us < 64) return (int)us;
  int shift = 63 - __builtin_clzll(us) - 5;
  int index = 64 + (shift - 1) * 32 + (int)((us >> shift) - 32);
  return index < BUCKETS ? index : BUCKETS - 1;
}

static uint64_t value_of(int bucket) {
  if (bucket < 64) return (uint64_t)bucket;
  int shift = (bucket - 64) / 32 + 1;
  return ((uint64_t)((bucket - 64) % 32) + 32) << shift;
}

static uint64_t quantile(double q) {
  uint64_t want = (uint64_t)(q * (double)updates), seen = 0;
  for (int i = 0; i < BUCKETS; i++) if ((seen += histogram[i]) > want) return value_of(i);
  return worst;
}

static void connect_one(int i) {
  struct client *c = &clients[i];
  c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (c->fd < 0) { perror("socket"); exit(1); }
  int one = 1;
  setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
  struct sockaddr_in from = {.sin_family = AF_INET}, to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  from.sin_addr.s_addr = htonl(0x7f000100u + 1 + (uint32_t)(i % addresses));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(c->fd, (struct sockaddr *)&from, sizeof from)) { perror("bind"); exit(1); }
  if (connect(c->fd, (struct sockaddr *)&to, sizeof to) && errno != EINPROGRESS) { perror("connect"); exit(1); }
  struct epoll_event e = {.events = EPOLLOUT, .data.u32 = (uint32_t)i};
  epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &e);
  c->state = CONNECTING;
  c->kept = 0;
  in_hand++;
}

static void lose(int i) {
  struct client *c = &clients[i];
  if (c->state == OPEN || c->state == STALLED) { open_count--; closed++; }
  else { in_hand--; refused++; }
  close(c->fd);
  c->fd = -1;
  c->state = IDLE;
  c->due = reconnect ? now_us() + (int64_t)c->retry_ms * 1000 : INT64_MAX;
}

static void say(int fd, uint8_t opcode, const char *text) {
  char frame[64] = {(char)(0x80 | opcode), (char)(0x80 | strlen(text))};
  strcpy(frame + 6, text); /* The mask is zero. */
  if (write(fd, frame, 6 + strlen(text)) < 0) return;
}

/* How much at the end of a text is the beginning of an update, or of a trigger, whose end has not come. */
static size_t begun(const char *text, size_t length, const char *trigger) {
  size_t digits = 0, price = sizeof PRICE - 1;
  while (digits < length && text[length - digits - 1] >= '0' && text[length - digits - 1] <= '9') digits++;
  if (digits + price <= length && digits + price <= KEPT && !memcmp(text + length - digits - price, PRICE, price)) return digits + price;
  for (size_t size = strlen(trigger) - 1; size > 0; size--)
    if (size <= length && (!memcmp(text + length - size, trigger, size) || (size < price && !memcmp(text + length - size, PRICE, size)))) return size;
  return 0;
}

static void measure(const char *text, size_t length) {
  int64_t now = now_us();
  const char *end = text + length, *at = text;
  while ((at = memmem(at, (size_t)(end - at), PRICE, 8))) {
    uint64_t sent = 0;
    for (at += 8; at < end && *at >= '0' && *at <= '9'; at++) sent = sent * 10 + (uint64_t)(*at - '0');
    if (at == end || sent < 1000000) continue;
    uint64_t age = now > (int64_t)sent ? (uint64_t)(now - (int64_t)sent) : 0;
    updates++;
    histogram[bucket_of(age)]++;
    if (age > worst) worst = age;
  }
  const char *name = kind ? WS_TRIGGER : SSE_TRIGGER;
  for (at = text; (at = memmem(at, (size_t)(end - at), name, strlen(name))); at += strlen(name)) {
    printf("{\"trigger\":%ld}\n", (long)now);
    fflush(stdout);
  }
}

static void hear(int i) {
  struct client *c = &clients[i];
  ssize_t length = read(c->fd, buffer, sizeof room - KEPT - 1);
  if (length < 0 && errno == EAGAIN) return;
  if (length <= 0) { lose(i); return; }
  buffer[length] = 0;
  bytes += (uint64_t)length;
  if (c->state == ASKED) {
    if (strncmp(buffer, kind ? "HTTP/1.1 101" : "HTTP/1.1 200", 12)) { lose(i); return; }
    c->state = OPEN;
    in_hand--;
    open_count++;
    if (kind == 2) say(c->fd, 1, "40");
  }
  char *retry = kind ? NULL : memmem(buffer, (size_t)length, "retry: ", 7);
  if (retry) c->retry_ms = (uint32_t)atoi(retry + 7);
  if (kind && memmem(buffer, (size_t)length, "\x89\0", 2)) say(c->fd, 10, "");
  if (kind == 2 && memmem(buffer, (size_t)length, "\x81\x01" "2", 3)) say(c->fd, 1, "3");
  size_t whole = c->kept + (size_t)length;
  char *text = buffer - c->kept;
  memcpy(text, c->tail, c->kept);
  measure(text, whole);
  c->kept = (uint8_t)begun(text, whole, kind ? WS_TRIGGER : SSE_TRIGGER);
  memcpy(c->tail, text + whole - c->kept, c->kept);
}

static void report(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  printf("{\"open\":%d,\"updates\":%lu,\"bytes\":%lu,\"closed\":%lu,\"refused\":%lu,\"p50\":%lu,\"p99\":%lu,\"p999\":%lu,"
         "\"worst\":%lu,\"cpu\":%.3f,\"now\":%ld}\n",
         open_count, updates, bytes, closed, refused, quantile(.5), quantile(.99), quantile(.999), worst,
         (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6,
         (long)now_us());
  fflush(stdout);
}

static void reset(void) {
  memset(histogram, 0, sizeof histogram);
  updates = bytes = closed = refused = worst = 0;
}

static void obey(char *line) {
  int n;
  if (!strncmp(line, "reset", 5)) reset();
  else if (!strncmp(line, "await", 5)) told = 0;
  else if (!strncmp(line, "report", 6)) report();
  else if (sscanf(line, "stall %d", &n) == 1)
    for (int i = 0; i < n && i < count; i++) {
      if (clients[i].state != OPEN) continue;
      clients[i].state = STALLED;
      struct epoll_event e = {.events = 0, .data.u32 = (uint32_t)i};
      epoll_ctl(epoll, EPOLL_CTL_MOD, clients[i].fd, &e);
    } else if (!strncmp(line, "quit", 4)) exit(0);
}

static void read_requests(void) {
  size_t size = 1 << 16, used = 0;
  char *text = malloc(size);
  int c;
  /* An empty one ends the list. */
  while ((c = getchar_unlocked()) != EOF) {
    if (used == size) text = realloc(text, size *= 2);
    text[used++] = (char)c;
    if (c == 0 && used > 1 && text[used - 2] == 0) break;
  }
  for (size_t i = 0; i + 1 < used; i += strlen(text + i) + 1) {
    requests = realloc(requests, sizeof *requests * (size_t)(request_count + 1));
    requests[request_count++] = text + i;
  }
}

int main(int argc, char **argv) {
  if (argc != 6) return 2;
  port = atoi(argv[1]);
  count = atoi(argv[2]);
  kind = !strcmp(argv[3], "sse") ? 0 : !strcmp(argv[3], "ws") ? 1 : 2;
  addresses = atoi(argv[4]);
  reconnect = atoi(argv[5]);
  setvbuf(stdin, NULL, _IONBF, 0);
  read_requests();
  clients = calloc((size_t)count, sizeof *clients);
  for (int i = 0; i < count; i++) clients[i].retry_ms = 1000;
  epoll = epoll_create1(0);
  struct epoll_event in = {.events = EPOLLIN, .data.u32 = UINT32_MAX};
  epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &in);
  static struct epoll_event events[1024];
  char line[256];
  size_t filled = 0;
  int64_t looked = 0;
  for (;;) {
    while (next_new < count && in_hand < MAX_IN_HAND) connect_one(next_new++);
    int64_t now = now_us();
    if (reconnect && next_new == count && now - looked > 5000) {
      looked = now;
      for (int i = 0; i < count && in_hand < MAX_IN_HAND; i++)
        if (clients[i].state == IDLE && clients[i].due <= now) connect_one(i);
    }
    if (!told && open_count == count) { told = 1; report(); }
    int n = epoll_wait(epoll, events, 1024, reconnect ? 5 : -1);
    for (int k = 0; k < n; k++) {
      uint32_t i = events[k].data.u32;
      if (i == UINT32_MAX) {
        ssize_t got = read(0, line + filled, sizeof line - 1 - filled);
        if (got <= 0) return 0;
        line[filled += (size_t)got] = 0;
        for (char *end; (end = strchr(line, '\n')); filled -= (size_t)(end + 1 - line), memmove(line, end + 1, filled + 1)) {
          *end = 0;
          obey(line);
        }
      } else if (clients[i].state == CONNECTING) {
        if (events[k].events & (EPOLLERR | EPOLLHUP)) { lose((int)i); continue; }
        const char *request = requests[i % (uint32_t)request_count];
        if (write(clients[i].fd, request, strlen(request)) < 0) { lose((int)i); continue; }
        clients[i].state = ASKED;
        struct epoll_event e = {.events = EPOLLIN, .data.u32 = i};
        epoll_ctl(epoll, EPOLL_CTL_MOD, clients[i].fd, &e);
      } else if (clients[i].state == STALLED) {
        if (events[k].events & (EPOLLERR | EPOLLHUP)) lose((int)i);
      } else if (clients[i].fd >= 0) hear((int)i);
    }
  }
}
