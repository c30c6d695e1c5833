/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "plan/no_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NETWORK_MAX = INET6_ADDRSTRLEN + sizeof("/128") };

struct address {
	int family; /* AF_UNSPEC: a name, not an address */
	uint8_t bytes[sizeof(struct in6_addr)];
};

static unsigned bits_of(int family)
{
	return family == AF_INET ? 8 * sizeof(struct in_addr) : 8 * sizeof(struct in6_addr);
}

/* A zone ("%eth0") is not part of the address. */
static struct address address_of(const char *host)
{
	char text[INET6_ADDRSTRLEN];
	struct address address = {0};
	size_t length = strcspn(host, "%");

	if (length >= sizeof(text))
		return address;
	memcpy(text, host, length);
	text[length] = '\0';
	if (inet_pton(AF_INET, text, address.bytes) == 1)
		address.family = AF_INET;
	else if (inet_pton(AF_INET6, text, address.bytes) == 1)
		address.family = AF_INET6;
	return address;
}

static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	return !memcmp(a, b, whole) && (!rest || (uint8_t)(a[whole] ^ b[whole]) >> (8 - rest) == 0);
}

static bool network_holds(const char *item, size_t length, const struct address *address)
{
	unsigned long bits = bits_of(address->family);
	uint8_t network[sizeof(address->bytes)];
	char text[NETWORK_MAX], *slash, *end;

	if (length >= sizeof(text))
		return false;
	memcpy(text, item, length);
	text[length] = '\0';
	slash = strchr(text, '/');
	if (slash) {
		*slash = '\0';
		bits = strtoul(slash + 1, &end, 10);
		if (*end || slash[1] < '0' || slash[1] > '9' || bits > bits_of(address->family))
			return false;
	}
	return inet_pton(address->family, text, network) == 1 &&
	       same_bits(network, address->bytes, (unsigned)bits);
}

static bool domain_holds(const char *item, size_t length, const char *host)
{
	size_t host_length = strlen(host);

	if (host_length && host[host_length - 1] == '.')
		host_length--;
	if (length && item[length - 1] == '.')
		length--;
	if (length && *item == '.') {
		item++;
		length--;
	}
	if (!length || length > host_length || strncasecmp(host + host_length - length, item, length) != 0)
		return false;
	return length == host_length || host[host_length - length - 1] == '.';
}

bool no_proxy_names(const char *list, const char *host)
{
	static const char separators[] = ", \t";
	struct address address = address_of(host);

	if (!strcmp(list, "*"))
		return true;
	for (list += strspn(list, separators); *list; list += strspn(list, separators)) {
		size_t length = strcspn(list, separators);

		if (address.family == AF_UNSPEC ? domain_holds(list, length, host)
						: network_holds(list, length, &address))
			return true;
		list += length;
	}
	return false;
}
