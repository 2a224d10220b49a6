/*
 * The least a server can do for a live stream: a head, then one bare write(2) a connection and update. It reads each
 * request, forgets it, and waits in epoll for more. Commands and answers are those of the other servers. Who asks for
 * `symbols=S1,S2` gets those, everybody else S0.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SYMBOLS = 500, MAX_FDS = 100000 };
/* Who wants a symbol; one whose connection has been given to another since is passed over. */
static struct wish { int fd, opening; } *wishes[SYMBOLS];
static int wish_count[SYMBOLS], openings[MAX_FDS], is_open[MAX_FDS];
static const char HEAD[] = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-store\r\n\r\n";

static void want(int fd, int symbol) {
  if (symbol < 0 || symbol >= SYMBOLS) return;
  int n = wish_count[symbol]++;
  if ((n & (n - 1)) == 0) wishes[symbol] = realloc(wishes[symbol], sizeof(struct wish) * (n ? 2 * (size_t)n : 1));
  wishes[symbol][n] = (struct wish){fd, openings[fd]};
}

static void tick(int symbol, long us) {
  char text[256];
  int length = snprintf(text, sizeof text,
    "event: price\ndata: {\"symbol\":\"S%d\",\"price\":%ld,\"volume\":1,\"at\":1700000000000,\"receivedAt\":1700000000000,"
    "\"source\":\"bench\"}\n\n", symbol, us);
  for (int i = 0; i < wish_count[symbol]; i++) {
    struct wish w = wishes[symbol][i];
    if (is_open[w.fd] && openings[w.fd] == w.opening && write(w.fd, text, (size_t)length) < 0 && errno != EAGAIN) continue;
  }
}

int main(void) {
  signal(SIGPIPE, SIG_IGN);
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1, epoll = epoll_create1(0);
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof at;
  bind(listener, (struct sockaddr *)&at, sizeof at);
  listen(listener, 4096);
  getsockname(listener, (struct sockaddr *)&at, &size);
  struct epoll_event e = {.events = EPOLLIN, .data.fd = listener}, in = {.events = EPOLLIN, .data.fd = 0};
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &e);
  epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &in);
  printf("{\"port\":%d}\n", ntohs(at.sin_port));
  fflush(stdout);
  static struct epoll_event events[512];
  char buffer[65536];
  for (;;) {
    int n = epoll_wait(epoll, events, 512, -1);
    for (int k = 0; k < n; k++) {
      int fd = events[k].data.fd, from, to;
      long us;
      if (fd == listener) {
        for (int s; (s = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
          setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
          struct epoll_event r = {.events = EPOLLIN, .data.fd = s};
          epoll_ctl(epoll, EPOLL_CTL_ADD, s, &r);
          is_open[s] = 0;
          openings[s]++;
        }
        continue;
      }
      ssize_t length = read(fd, buffer, sizeof buffer - 1);
      if (fd == 0) {
        if (length <= 0) return 0;
        buffer[length] = 0;
        for (char *line = strtok(buffer, "\n"); line; line = strtok(NULL, "\n"))
          if (sscanf(line, "tick %d %d %ld", &from, &to, &us) == 3) for (int s = from; s < to; s++) tick(s, us);
      } else if (length <= 0) {
        is_open[fd] = 0;
        close(fd);
      } else if (!is_open[fd]) {
        is_open[fd] = 1;
        buffer[length] = 0;
        char *asked = strstr(buffer, "symbols=");
        if (!asked) want(fd, 0);
        else for (asked += 8; *asked == 'S' || *asked == ','; )
          if (*asked++ == 'S') want(fd, (int)strtol(asked, &asked, 10));
        if (write(fd, HEAD, sizeof HEAD - 1) < 0) perror("head");
      }
    }
  }
}
