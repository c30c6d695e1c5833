/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The bytes of a request, built once before the run. */
#ifndef VASTAR_PLAN_REQUEST_H
#define VASTAR_PLAN_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "plan/expect.h"
#include "plan/target.h"

struct request {
	char *bytes; /* head and body; owned */
	size_t length;
	size_t head_length;
	bool head_method; /* HEAD: the response has no body (RFC 9112 section 6.3) */
	bool idempotent;  /* RFC 9110 section 9.2.2: may be sent again if a kept connection turns out dead */
	bool custom_host; /* -H has set Host, so a redirect within the host keeps it */
	bool absolute;	  /* it names the whole URL, for a proxy */
	/* WebSocket: the request is the handshake, without the body. Here the characters of its key stand,
	 * which are new for each connection. */
	size_t key_at;
	struct expect expect; /* what its response must be like */
};

/*
 * Builds the request for `target` from the settings:
 *   METHOD path HTTP/1.1, Host, User-Agent: vastar/VERSION, Accept (-A, else "*" "/" "*"), Accept-Encoding
 *   (gzip, deflate unless compression is disabled), Content-Type (with a body, or when given), Content-Length
 *   (with a body, and "0" for an empty POST, PUT or PATCH), Authorization (-a), Connection: close (keep-alive
 *   disabled). For a proxy without a tunnel: METHOD http://host/path, and Proxy-Authorization if the proxy
 *   has one. Each -H replaces an earlier one or a built-in one of that name, in any case of letters. As in
 *   curl, "Name:" without a value removes it and "Name;" sends it with an empty value.
 * For a WebSocket target it is the handshake of RFC 6455 section 4.1: GET with Upgrade, Connection and
 * Sec-WebSocket-*, without body; -H cannot set these.
 * Methods of RFC 9110 are written in capitals. A body of length 0 counts as none. Refused with a message: a
 * method that is not a token, or CONNECT; a header without colon or with an invalid name; -H Content-Length
 * and Transfer-Encoding; -H "Host:"; control characters; -a without a colon; a head above 1 MiB.
 */
int request_build(struct request *request, const struct vastar_settings *settings,
		  const struct target *target, struct vastar_error *err);

/* The request after a redirect with `status` (RFC 9110 section 15.4): 301, 302 and 303 turn every method
 * except HEAD into a GET, without body and Content-* headers; 307 and 308 keep method and body. Host and
 * path come from `target`, but with `same_host` a Host set by -H stays. Without `same_host` Authorization
 * and Cookie are left out. Proxy-Authorization is only sent to those who may see it: the proxy, or the same
 * host if it was sent there before. */
int request_redirect(struct request *request, const struct request *from, unsigned status,
		     const struct target *target, bool same_host, struct vastar_error *err);

void request_deinit(struct request *request);

#endif
