/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "serve/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/num.h"

enum { BACKLOG = 4096 };

/* Splits "ADDR:PORT"; false when there is no port in it. */
static bool split_address(const char *text, char *host, size_t size, uint16_t *portp)
{
	const char *colon = strrchr(text, ':'), *digits = colon ? colon + 1 : text;
	const char *begin = text, *end = colon;
	uint64_t port;

	if (strspn(digits, "0123456789") != strlen(digits) || !num_count(digits, &port) || port > 65535)
		return false;
	*portp = (uint16_t)port;
	if (!colon || colon == text) { /* "PORT" or ":PORT" */
		snprintf(host, size, "127.0.0.1");
		return true;
	}
	if (*begin == '[' && end[-1] == ']') {
		begin++;
		end--;
	}
	snprintf(host, size, "%.*s", (int)(end - begin), begin);
	if (!strcmp(host, "localhost"))
		snprintf(host, size, "127.0.0.1");
	return true;
}

int listener_address_parse(struct listener_address *address, const char *text, bool allow_any,
			   struct vastar_error *err)
{
	char host[INET6_ADDRSTRLEN + 2];
	uint16_t port;
	bool loopback;

	if (!split_address(text, host, sizeof(host), &port))
		return err_set(
		    err, VASTAR_E_USAGE,
		    "address '%s': no port from 0 to 65535 in it (use 127.0.0.1:8080, or port 0 for any)",
		    text);
	memset(address, 0, sizeof(*address)); /* an initialiser would clear only the union's first member */
	address->text = text;
	if (inet_pton(AF_INET, host, &address->socket.v4.sin_addr) == 1) {
		address->socket.v4.sin_family = AF_INET;
		address->socket.v4.sin_port = htons(port);
		address->length = sizeof(address->socket.v4);
		loopback = ntohl(address->socket.v4.sin_addr.s_addr) >> 24 == 127;
	} else if (inet_pton(AF_INET6, host, &address->socket.v6.sin6_addr) == 1) {
		address->socket.v6.sin6_family = AF_INET6;
		address->socket.v6.sin6_port = htons(port);
		address->length = sizeof(address->socket.v6);
		loopback = IN6_IS_ADDR_LOOPBACK(&address->socket.v6.sin6_addr);
	} else {
		return err_set(err, VASTAR_E_USAGE,
			       "address '%s': '%s' is no address (use a number like 127.0.0.1 or [::1])",
			       text, host);
	}
	if (!loopback && !allow_any)
		return err_set(
		    err, VASTAR_E_USAGE,
		    "address '%s': other machines could reach it (use 127.0.0.1, or --allow-remote if that "
		    "is what you want)",
		    text);
	return 0;
}

static int bind_failed(const struct listener_address *address, struct vastar_error *err)
{
	int error = errno;
	const char *cure = error == EADDRINUSE
			       ? "another server has it: use another port, or port 0 for a free one"
			   : error == EACCES ? "ports below 1024 are for root: use one above"
					     : "use an address of this machine";

	return err_set(err, VASTAR_E_SYSTEM, "cannot listen on %s: %s (%s)", address->text, strerror(error),
		       cure);
}

int listener_check_free(const struct listener_address *address, struct vastar_error *err)
{
	static const int one = 1;
	int fd = socket(address->socket.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int rc = 0;

	if (fd < 0)
		return bind_failed(address, err);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, &address->socket.any, address->length))
		rc = bind_failed(address, err);
	close(fd);
	return rc;
}

int listener_open(struct listener_address *address, bool shared, int *fdp, struct vastar_error *err)
{
	static const int one = 1;
	int fd = socket(address->socket.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	*fdp = fd;
	if (fd < 0)
		return bind_failed(address, err);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (shared)
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
	/* Inherited by every connection; there is no other way to set it on a direct descriptor before
	 * 6.7. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (bind(fd, &address->socket.any, address->length) || listen(fd, BACKLOG))
		return bind_failed(address, err);
	/* The kernel has chosen a port for 0; all later sockets use it. */
	getsockname(fd, &address->socket.any, &address->length);
	return 0;
}

uint16_t listener_port(const struct listener_address *address)
{
	return ntohs(address->socket.any.sa_family == AF_INET ? address->socket.v4.sin_port
							      : address->socket.v6.sin6_port);
}

bool listener_host(const struct listener_address *address, char *host, size_t size)
{
	bool v4 = address->socket.any.sa_family == AF_INET;
	const void *from = v4 ? (const void *)&address->socket.v4.sin_addr : &address->socket.v6.sin6_addr;

	inet_ntop(address->socket.any.sa_family, from, host, (socklen_t)size);
	return v4 ? address->socket.v4.sin_addr.s_addr
		  : !IN6_IS_ADDR_UNSPECIFIED(&address->socket.v6.sin6_addr);
}

void listener_url(const struct listener_address *address, bool tls, char *url, size_t size)
{
	char host[INET6_ADDRSTRLEN] = "";
	bool v4 = address->socket.any.sa_family == AF_INET;

	listener_host(address, host, sizeof(host));
	snprintf(url, size, v4 ? "http%s://%s:%u/" : "http%s://[%s]:%u/", tls ? "s" : "", host,
		 listener_port(address));
}
