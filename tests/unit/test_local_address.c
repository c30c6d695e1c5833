/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>

#include <cmocka.h>

#include "plan/local_address.h"

static bool is_local(const char *text)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(80)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(80)};

	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
		return address_is_local((const struct sockaddr *)&v4);
	assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
	return address_is_local((const struct sockaddr *)&v6);
}

static void loopback_is_local(void **state)
{
	static const char *const addresses[] = {"127.0.0.1", "127.0.0.2",	 "127.255.255.254",
						"::1",	     "::ffff:127.0.0.1", "::ffff:127.9.9.9"};

	(void)state;
	for (size_t i = 0; i < sizeof(addresses) / sizeof(*addresses); i++)
		assert_true(is_local(addresses[i]));
}

/* connect() treats them as loopback. */
static void no_address_is_local(void **state)
{
	(void)state;
	assert_true(is_local("0.0.0.0"));
	assert_true(is_local("::"));
	assert_true(is_local("::ffff:0.0.0.0"));
}

/* Neighbours of loopback, and networks reserved for documentation (RFC 5737, RFC 3849). */
static void others_are_not(void **state)
{
	static const char *const addresses[] = {"126.255.255.255", "128.0.0.1",		  "203.0.113.77",
						"0.0.0.1",	   "::ffff:203.0.113.77", "::2",
						"2001:db8::77",	   "::ffff:0:127.0.0.1"};

	(void)state;
	for (size_t i = 0; i < sizeof(addresses) / sizeof(*addresses); i++)
		assert_false(is_local(addresses[i]));
}

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static void addresses_of_interfaces_are(void **state)
{
	struct ifaddrs *all;

	(void)state;
	assert_int_equal(getifaddrs(&all), 0);
	for (const struct ifaddrs *each = all; each; each = each->ifa_next) {
		sa_family_t family = each->ifa_addr ? each->ifa_addr->sa_family : AF_UNSPEC;
		union address at = {0};

		if (family == AF_INET) {
			memcpy(&at.v4, each->ifa_addr, sizeof(at.v4));
			at.v4.sin_port = htons(80);
		} else if (family == AF_INET6) {
			memcpy(&at.v6, each->ifa_addr, sizeof(at.v6));
			at.v6.sin6_port = htons(80);
		} else {
			continue;
		}
		assert_true(address_is_local(&at.any));
		/* The same address on another link belongs to another host. */
		if (family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&at.v6.sin6_addr)) {
			at.v6.sin6_scope_id += 1000000;
			assert_false(address_is_local(&at.any));
		}
	}
	freeifaddrs(all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(loopback_is_local),
	    cmocka_unit_test(no_address_is_local),
	    cmocka_unit_test(others_are_not),
	    cmocka_unit_test(addresses_of_interfaces_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
