/*
 * The least a server can do for a live stream: a head, then one bare write(2) a connection and update. It reads each
 * request, forgets it, and waits in epoll for more. Commands and answers are those of the other servers.
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
#include <time.h>
#include <unistd.h>

static int *open_fds, open_count, *place;
static const char HEAD[] = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-store\r\n\r\n";

static void tick(int symbol) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  char text[256];
  int length = snprintf(text, sizeof text,
    "event: price\ndata: {\"symbol\":\"S%d\",\"price\":%ld,\"volume\":1,\"at\":1700000000000,\"receivedAt\":1700000000000,"
    "\"source\":\"bench\"}\n\n", symbol, (long)t.tv_sec * 1000000 + t.tv_nsec / 1000);
  for (int i = 0; i < open_count; i++)
    if (write(open_fds[i], text, (size_t)length) < 0 && errno != EAGAIN) continue;
}

int main(void) {
  signal(SIGPIPE, SIG_IGN);
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1, epoll = epoll_create1(0);
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof at;
  bind(listener, (struct sockaddr *)&at, sizeof at);
  listen(listener, 4096);
  getsockname(listener, (struct sockaddr *)&at, &size);
  open_fds = calloc(100000, sizeof *open_fds);
  place = calloc(100000, sizeof *place);
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
      if (fd == listener) {
        for (int s; (s = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
          setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
          struct epoll_event r = {.events = EPOLLIN, .data.fd = s};
          epoll_ctl(epoll, EPOLL_CTL_ADD, s, &r);
          place[s] = -1;
        }
        continue;
      }
      ssize_t length = read(fd, buffer, sizeof buffer - 1);
      if (fd == 0) {
        if (length <= 0) return 0;
        buffer[length] = 0;
        for (char *line = strtok(buffer, "\n"); line; line = strtok(NULL, "\n"))
          if (sscanf(line, "tick %d %d", &from, &to) == 2) for (int s = from; s < to; s++) tick(s);
      } else if (length <= 0) {
        if (place[fd] >= 0) {
          open_fds[place[fd]] = open_fds[--open_count];
          place[open_fds[place[fd]]] = place[fd];
        }
        close(fd);
      } else if (place[fd] < 0) {
        place[fd] = open_count;
        open_fds[open_count++] = fd;
        if (write(fd, HEAD, sizeof HEAD - 1) < 0) perror("head");
      }
    }
  }
}
