/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "plan/authority.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "plan/idn.h"

enum { HTTP_PORT = 80, HTTPS_PORT = 443 };

uint16_t authority_default_port(bool tls)
{
	return tls ? HTTPS_PORT : HTTP_PORT;
}

/* *portp holds the default before the call. */
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

/* The zone after the "%25" of RFC 6874; a plain "%" is accepted too. */
static int zone_parse(struct authority *authority, struct view zone, struct vastar_error *err)
{
	if (zone.length >= 2 && !strncmp(zone.text, "25", 2)) {
		zone.text += 2;
		zone.length -= 2;
	}
	if (!zone.length || zone.length > ZONE_MAX)
		return err_set(err, VASTAR_E_USAGE,
			       "URL: the zone of the IPv6 address is not the name of an interface (write "
			       "[fe80::1%%25eth0])");
	for (size_t i = 0; i < zone.length; i++)
		if (!is_alpha(zone.text[i]) && !is_digit(zone.text[i]) && !strchr("-._~", zone.text[i]))
			return err_set(
			    err, VASTAR_E_USAGE,
			    "URL: the zone of the IPv6 address has a character that it cannot have "
			    "(write [fe80::1%%25eth0])");
	memcpy(authority->zone, zone.text, zone.length);
	authority->zone[zone.length] = '\0';
	return 0;
}

/* "[::1]" with what may follow it; writes the address like inet_ntop(). */
static int ipv6_parse(struct authority *authority, struct view text, struct view *portp,
		      struct vastar_error *err)
{
	const char *close = memchr(text.text, ']', text.length);
	const char *percent = close ? memchr(text.text, '%', (size_t)(close - text.text)) : NULL;
	size_t length = close ? (size_t)((percent ? percent : close) - text.text) - 1 : 0;
	struct in6_addr address;
	char literal[INET6_ADDRSTRLEN];

	if (!close)
		return err_set(err, VASTAR_E_USAGE,
			       "URL: \"[\" without \"]\" (write an IPv6 address as [::1])");
	if (length >= sizeof(literal))
		return err_set(err, VASTAR_E_USAGE, "URL: the IPv6 address is too long (correct it)");
	memcpy(literal, text.text + 1, length);
	literal[length] = '\0';
	if (inet_pton(AF_INET6, literal, &address) != 1)
		return err_set(err, VASTAR_E_USAGE, "URL: \"[%s]\" is not an IPv6 address (correct it)",
			       literal);
	inet_ntop(AF_INET6, &address, authority->host, sizeof(authority->host));
	*portp = (struct view){close + 1, text.length - (size_t)(close + 1 - text.text)};
	if (portp->length && *portp->text != ':')
		return err_set(err, VASTAR_E_USAGE, "URL: only \":port\" may follow \"]\" (correct it)");
	if (!percent)
		return 0;
	return zone_parse(authority, (struct view){percent + 1, (size_t)(close - percent) - 1}, err);
}

/* Converts to ASCII in lower case. */
static int name_to_host(char host[HOST_MAX + 1], struct view name, struct vastar_error *err)
{
	if (name.length > HOST_MAX)
		return err_set(err, VASTAR_E_USAGE,
			       "URL: the host name has more than %d characters (correct it)", HOST_MAX);
	for (size_t i = 0; i < name.length; i++) {
		char c = name.text[i];

		if (!is_alpha(c) && !is_digit(c) && c != '-' && c != '.' && c != '_')
			return err_set(err, VASTAR_E_USAGE,
				       "URL: the host has a character that a host name cannot have (letters, "
				       "digits, \"-\", \".\")");
		host[i] = (c >= 'A' && c <= 'Z') ? (char)(c - 'A' + 'a') : c;
	}
	host[name.length] = '\0';
	return 0;
}

static int name_parse(struct authority *authority, struct view text, struct view *portp,
		      struct vastar_error *err)
{
	const char *colon = memchr(text.text, ':', text.length);
	struct view name = {text.text, colon ? (size_t)(colon - text.text) : text.length};
	char *ascii;
	int rc;

	if (colon && memrchr(text.text, ':', text.length) != colon)
		return err_set(
		    err, VASTAR_E_USAGE,
		    "URL: more than one \":\" in the host (an IPv6 address goes in brackets: [::1])");
	if (!name.length)
		return err_set(err, VASTAR_E_USAGE,
			       "URL: it names no host (for example http://localhost:8080/)");
	*portp = (struct view){name.text + name.length, text.length - name.length};
	if (!idn_wanted(name))
		return name_to_host(authority->host, name, err);
	rc = idn_to_ascii(&ascii, name, err);
	if (rc)
		return rc;
	rc = name_to_host(authority->host, (struct view){ascii, strlen(ascii)}, err);
	free(ascii);
	return rc;
}

int authority_parse(struct authority *authority, struct view text, struct vastar_error *err)
{
	struct view port = {0};
	int rc;

	authority->zone[0] = '\0';
	if (memchr(text.text, '@', text.length)) /* not echoed: there may be a password in it */
		return err_set(err, VASTAR_E_USAGE,
			       "URL: user and password in the URL are not supported (use -a USER:PASSWORD)");
	if (text.length && *text.text == '[')
		rc = ipv6_parse(authority, text, &port, err);
	else
		rc = name_parse(authority, text, &port, err);
	if (rc)
		return rc;
	if (port.length) {
		port.text++;
		port.length--;
	}
	return port_parse(port, &authority->port, err);
}
