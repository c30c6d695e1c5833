/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "plan/local_addresses.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* connect() chooses the port, since it knows the peer. If bind() chose it, the port would be taken for all
 * peers, and the connections of one address could use each port only once. */
static int bind_to(int fd, const struct ip_address *address)
{
	static const int one = 1;

	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
	return bind(fd, &address->at.any, address->length) ? -errno : 0;
}

/* Tries to bind: whether that is allowed depends on more than the list of the host's addresses. */
static int check_own(const struct ip_address *address)
{
	int fd = socket(address->at.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int rc = fd < 0 ? -errno : bind_to(fd, address);

	if (fd >= 0)
		close(fd);
	return rc;
}

static unsigned length_of(const char *text)
{
	unsigned count = 1;

	for (; *text; text++)
		count += *text == ',';
	return count;
}

/* Adds the addresses of one family. */
static int add(struct local_addresses *local, int family, struct vastar_error *err)
{
	const char *at = local->text, *from;
	struct ip_address *address;
	int rc;

	do {
		from = at;
		address = &local->list[local->count];
		if (!address_list_next(&at, address))
			return err_set(err, VASTAR_E_USAGE,
				       "--local-address \"%.200s\": it has an invalid IP address "
				       "(write ADDRESS,ADDRESS...)",
				       local->text);
		rc = address->at.any.sa_family == family ? check_own(address) : 0;
		if (rc)
			return err_set(err, VASTAR_E_SYSTEM,
				       "--local-address %.*s: %s (give addresses of this host, as ip address "
				       "lists them)",
				       (int)strcspn(from, ","), from, strerror(-rc));
		local->count += address->at.any.sa_family == family;
	} while (*at);
	return 0;
}

int local_addresses_fill(struct local_addresses *local, const char *text, struct vastar_error *err)
{
	int rc;

	if (!text)
		return 0;
	local->text = strdup(text);
	local->list = calloc(length_of(text) + 1, sizeof(*local->list));
	if (!local->text || !local->list)
		return err_nomem(err, "--local-address");
	rc = add(local, AF_INET, err);
	local->v4_count = local->count;
	return rc ? rc : add(local, AF_INET6, err);
}

void local_addresses_deinit(struct local_addresses *local)
{
	free(local->text);
	free(local->list);
	*local = (struct local_addresses){0};
}

bool local_addresses_have(const struct local_addresses *local, int family)
{
	return family == AF_INET ? local->v4_count > 0 : local->count > local->v4_count;
}

int local_addresses_bind(const struct local_addresses *local, int fd, int family, uint32_t number)
{
	if (family == AF_INET)
		return bind_to(fd, &local->list[number % local->v4_count]);
	return bind_to(fd, &local->list[local->v4_count + number % (local->count - local->v4_count)]);
}
