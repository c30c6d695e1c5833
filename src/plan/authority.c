/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "plan/authority.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

enum { HTTP_PORT = 80, HTTPS_PORT = 443 };

uint16_t authority_default_port(bool tls)
{
	return tls ? HTTPS_PORT : HTTP_PORT;
}

/* *portp is the default before. */
static int port_parse(struct view port, uint16_t *portp, struct vastar_error *err)
{
	unsigned long value = 0;
	size_t i;

	if (!port.length) /* "host:" means the default (RFC 3986 section 3.2.3) */
		return 0;
	for (i = 0; i < port.length && is_digit(port.text[i]) && value <= UINT16_MAX; i++)
		value = value * 10 + (unsigned long)(port.text[i] - '0');
	if (i < port.length || value < 1 || value > UINT16_MAX)
		return err_set(err, VASTAR_E_USAGE,
			       "URL: port \"%.*s\" is not a number from 1 to 65535 (correct it)",
			       (int)(port.length > 40 ? 40 : port.length), port.text);
	*portp = (uint16_t)value;
	return 0;
}

/* "[::1]" and what may follow it, to the address as inet_ntop() writes it. */
static int ipv6_parse(struct view authority, char host[HOST_MAX + 1], struct view *portp,
		      struct vastar_error *err)
{
	const char *close = memchr(authority.text, ']', authority.length);
	size_t length = close ? (size_t)(close - authority.text) - 1 : 0;
	struct in6_addr address;
	char text[INET6_ADDRSTRLEN];

	if (!close)
		return err_set(err, VASTAR_E_USAGE,
			       "URL: \"[\" without \"]\" (write an IPv6 address as [::1])");
	if (memchr(authority.text, '%', length + 1))
		return err_set(err, VASTAR_E_USAGE,
			       "URL: an IPv6 address with a zone is not supported (use one without \"%%\")");
	if (length >= sizeof(text))
		return err_set(err, VASTAR_E_USAGE, "URL: the IPv6 address is too long (correct it)");
	memcpy(text, authority.text + 1, length);
	text[length] = '\0';
	if (inet_pton(AF_INET6, text, &address) != 1)
		return err_set(err, VASTAR_E_USAGE, "URL: \"[%s]\" is not an IPv6 address (correct it)",
			       text);
	inet_ntop(AF_INET6, &address, host, HOST_MAX);
	*portp = (struct view){close + 1, authority.length - length - 2};
	if (portp->length && *portp->text != ':')
		return err_set(err, VASTAR_E_USAGE, "URL: only \":port\" may follow \"]\" (correct it)");
	return 0;
}

static int name_parse(struct view authority, char host[HOST_MAX + 1], struct view *portp,
		      struct vastar_error *err)
{
	const char *colon = memchr(authority.text, ':', authority.length);
	size_t length = colon ? (size_t)(colon - authority.text) : authority.length;

	if (colon && memrchr(authority.text, ':', authority.length) != colon)
		return err_set(
		    err, VASTAR_E_USAGE,
		    "URL: more than one \":\" in the host (an IPv6 address goes in brackets: [::1])");
	if (!length)
		return err_set(err, VASTAR_E_USAGE,
			       "URL: it names no host (for example http://localhost:8080/)");
	if (length > HOST_MAX)
		return err_set(err, VASTAR_E_USAGE,
			       "URL: the host name has more than %d characters (correct it)", HOST_MAX);
	for (size_t i = 0; i < length; i++) {
		char c = authority.text[i];

		if (!is_alpha(c) && !is_digit(c) && c != '-' && c != '.' && c != '_')
			return err_set(err, VASTAR_E_USAGE,
				       "URL: the host has a character that a host name cannot have (letters, "
				       "digits, \"-\", "
				       "\".\"; an international name in its xn-- form)");
		host[i] = (c >= 'A' && c <= 'Z') ? (char)(c - 'A' + 'a') : c;
	}
	host[length] = '\0';
	*portp = (struct view){authority.text + length, authority.length - length};
	return 0;
}

int authority_parse(struct view authority, char host[HOST_MAX + 1], uint16_t *portp, struct vastar_error *err)
{
	struct view port = {0};
	int rc;

	if (memchr(authority.text, '@', authority.length)) /* not echoed: there may be a password in it */
		return err_set(err, VASTAR_E_USAGE,
			       "URL: user and password in the URL are not supported (use -a USER:PASSWORD)");
	if (authority.length && *authority.text == '[')
		rc = ipv6_parse(authority, host, &port, err);
	else
		rc = name_parse(authority, host, &port, err);
	if (rc)
		return rc;
	if (port.length) {
		port.text++;
		port.length--;
	}
	return port_parse(port, portp, err);
}
