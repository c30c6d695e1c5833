/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <unistd.h>

#include <cmocka.h>

#include "plan/target.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* "127.0.0.1:80 [::1]:81", in the order of the target's list. */
static void write_addresses(const struct target *target, char *text, size_t size)
{
	*text = '\0';
	for (unsigned i = 0; i < target->address_count; i++) {
		const struct sockaddr_storage *at = &target->addresses[i].at;
		const struct sockaddr_in *v4 = (const struct sockaddr_in *)at;
		const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)at;
		bool old = at->ss_family == AF_INET;
		char name[INET6_ADDRSTRLEN];
		size_t used = strlen(text);

		inet_ntop(at->ss_family, old ? (const void *)&v4->sin_addr : &v6->sin6_addr, name,
			  sizeof(name));
		snprintf(text + used, size - used, old ? "%s%s:%u" : "%s[%s]:%u", used ? " " : "", name,
			 ntohs(v4->sin_port));
	}
}

enum { RULES = 3 };

static const struct {
	const char *url, *connect_to[RULES], *resolve[RULES], *addresses;
	bool spread;
} ways[] = {
    {"http://127.0.0.1/", {NULL}, {NULL}, "127.0.0.1:80", false},
    {"http://a.test/", {NULL}, {"a.test:80:127.0.0.2"}, "127.0.0.2:80", false},
    {"http://A.test/", {NULL}, {"a.TEST:80:127.0.0.2"}, "127.0.0.2:80", false},
    {"http://a.test/", {NULL}, {"*:80:127.0.0.2"}, "127.0.0.2:80", false},
    {"http://127.0.0.1/", {NULL}, {"a.test:80:127.0.0.2", "*:81:127.0.0.3"}, "127.0.0.1:80", false},
    {"http://a.test:81/", {NULL}, {"a.test:81:127.0.0.2,[::1],::2"}, "127.0.0.2:81 [::1]:81 [::2]:81", true},
    {"http://a.test/",
     {NULL},
     {"a.test:80:127.0.0.2", "b.test:80:127.0.0.4", "a.test:80:127.0.0.3"},
     "127.0.0.2:80 127.0.0.3:80",
     true},
    {"http://a.test/", {NULL}, {"a.test:80:127.0.0.2", "*:80:127.0.0.3"}, "127.0.0.2:80", false},
    {"http://[::1]/", {NULL}, {"[::1]:80:127.0.0.2"}, "127.0.0.2:80", false},
    {"http://a.test/", {"a.test:80:127.0.0.2:8080"}, {NULL}, "127.0.0.2:8080", false},
    {"http://a.test/", {"::127.0.0.2:8080"}, {NULL}, "127.0.0.2:8080", false},
    {"http://a.test/", {":81:127.0.0.3:1", "a.test::127.0.0.2:"}, {NULL}, "127.0.0.2:80", false},
    {"http://127.0.0.1/", {":80::8080"}, {NULL}, "127.0.0.1:8080", false},
    {"http://a.test/", {"a.test:80:[::1]:8080"}, {NULL}, "[::1]:8080", false},
    {"http://a.test/",
     {"a.test:80:127.0.0.2:1", "a.test:80:127.0.0.2:2"},
     {NULL},
     "127.0.0.2:1 127.0.0.2:2",
     true},
    {"http://a.test/",
     {"a.test:80:b.test:8080"},
     {"a.test:80:127.0.0.3", "b.test:8080:127.0.0.2"},
     "127.0.0.2:8080",
     false},
};

static size_t count_of(const char *const *list)
{
	size_t count = 0;

	while (count < RULES && list[count])
		count++;
	return count;
}

static void rules_change_the_address(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(ways); i++) {
		struct vastar_settings settings = {.connect_to = ways[i].connect_to,
						   .connect_to_count = count_of(ways[i].connect_to),
						   .resolve = ways[i].resolve,
						   .resolve_count = count_of(ways[i].resolve)};
		struct reach reach = {0};
		struct target target;
		struct vastar_error err = {0};
		char text[200];

		if (reach_fill(&reach, &settings, &err) || target_parse(&target, ways[i].url, &err) ||
		    target_resolve(&target, &reach, &err))
			fail_msg("%zu: %s", i, err.text);
		write_addresses(&target, text, sizeof(text));
		if (strcmp(text, ways[i].addresses) || target.spread != ways[i].spread)
			fail_msg("%zu: %s", i, text);
		target_deinit(&target);
		reach_deinit(&reach);
	}
}

static void a_family_picks_among_listed_addresses(void **state)
{
	static const char *const resolve[] = {"a.test:80:127.0.0.2,[::1]", "b.test:80:127.0.0.2"};
	struct vastar_settings settings = {.resolve = resolve, .resolve_count = 2, .ipv6 = true};
	struct reach reach = {0};
	struct target target;
	struct vastar_error err;
	char text[200];

	(void)state;
	assert_int_equal(reach_fill(&reach, &settings, &err), 0);
	assert_int_equal(target_parse(&target, "http://a.test/", &err), 0);
	assert_int_equal(target_resolve(&target, &reach, &err), 0);
	write_addresses(&target, text, sizeof(text));
	assert_string_equal(text, "[::1]:80");
	target_deinit(&target);
	assert_int_equal(target_parse(&target, "http://b.test/", &err), 0);
	assert_int_equal(target_resolve(&target, &reach, &err), -VASTAR_E_SYSTEM);
	assert_non_null(strstr(err.text, "b.test: the host has no IPv6 address: --resolve has none"));
	target_deinit(&target);
	reach_deinit(&reach);
}

static const struct {
	const char *connect_to, *resolve, *sentence;
} refusals[] = {
    {NULL, "", "it has no address"},
    {NULL, "a", "it has no address"},
    {NULL, "a:80", "it has no address"},
    {NULL, "a:80:", "an invalid IP address"},
    {NULL, "a:80:b", "an invalid IP address"},
    {NULL, "a:80:127.0.0.1,", "an invalid IP address"},
    {NULL, "a:80:,127.0.0.1", "an invalid IP address"},
    {NULL, "a:80:127.0.0.1:81", "an invalid IP address"},
    {NULL, "a:80:[127.0.0.1]", "an invalid IP address"},
    {NULL, "a:80:[::1", "an invalid IP address"},
    {NULL, "a:80:[]", "an invalid IP address"},
    {NULL, "a::127.0.0.1", "its port is not a number"},
    {NULL, "a:0:127.0.0.1", "its port is not a number"},
    {NULL, "a:65536:127.0.0.1", "its port is not a number"},
    {NULL, "a:x:127.0.0.1", "its port is not a number"},
    {NULL, ":80:127.0.0.1", "an invalid host"},
    {NULL, "a b:80:127.0.0.1", "an invalid host"},
    {NULL, "[::1:80:127.0.0.1", "its port is not a number"},
    {"", NULL, "it does not have four parts"},
    {"a:80:b", NULL, "it does not have four parts"},
    {"a:80:b:81:c", NULL, "it does not have four parts"},
    {"a:80:b:x", NULL, "its second port is not a number"},
    {"a:80:b:0", NULL, "its second port is not a number"},
    {"a:x:b:80", NULL, "its port is not a number"},
    {"a/:80:b:80", NULL, "an invalid host"},
    {"a:80:b@c:80", NULL, "an invalid host"},
    {"*:80:b:80", NULL, "an invalid host"},
};

static void invalid_rules_have_a_message(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(refusals); i++) {
		struct vastar_settings settings = {.connect_to = &refusals[i].connect_to,
						   .connect_to_count = refusals[i].connect_to != NULL,
						   .resolve = &refusals[i].resolve,
						   .resolve_count = refusals[i].resolve != NULL};
		const char *option = refusals[i].resolve ? "--resolve \"" : "--connect-to \"";
		struct reach reach = {0};
		struct vastar_error err = {0};

		if (reach_fill(&reach, &settings, &err) != -VASTAR_E_USAGE)
			fail_msg("%zu was not refused", i);
		if (strncmp(err.text, option, strlen(option)) || !strstr(err.text, refusals[i].sentence))
			fail_msg("%zu: %s", i, err.text);
		reach_deinit(&reach);
	}
}

/* The local address of a new socket bound for this connection number. */
static void bound_for(const struct local_addresses *local, int family, uint32_t number,
		      char name[INET6_ADDRSTRLEN])
{
	struct ip_address at = {.length = sizeof(at.at)};
	int fd = socket(family, SOCK_STREAM, 0);

	assert_int_equal(local_addresses_bind(local, fd, family, number), 0);
	assert_int_equal(getsockname(fd, &at.at.any, &at.length), 0);
	close(fd);
	inet_ntop(family, family == AF_INET ? (const void *)&at.at.v4.sin_addr : &at.at.v6.sin6_addr, name,
		  INET6_ADDRSTRLEN);
}

static void local_addresses_alternate_within_their_family(void **state)
{
	static const char *const expected[] = {"127.0.0.2", "127.0.0.3", "127.0.0.2"};
	struct vastar_settings settings = {.local_addresses = "127.0.0.2,[::1],127.0.0.3"};
	struct reach reach = {0};
	struct vastar_error err;
	char name[INET6_ADDRSTRLEN];

	(void)state;
	if (reach_fill(&reach, &settings, &err)) {
		assert_non_null(strstr(err.text, "--local-address [::1]: ")); /* a host without IPv6 */
		reach_deinit(&reach);
		skip();
	}
	assert_int_equal(reach.family, AF_UNSPEC);
	for (unsigned i = 0; i < LENGTH(expected); i++) {
		bound_for(&reach.local, AF_INET, i, name);
		assert_string_equal(name, expected[i]);
		bound_for(&reach.local, AF_INET6, i, name);
		assert_string_equal(name, "::1");
	}
	reach_deinit(&reach);
}

static void local_addresses_of_one_family_restrict_the_targets(void **state)
{
	struct vastar_settings settings = {.local_addresses = "127.0.0.2"};
	struct reach reach = {0};

	(void)state;
	assert_int_equal(reach_fill(&reach, &settings, NULL), 0);
	assert_int_equal(reach.family, AF_INET);
	assert_false(reach.family_asked);
	reach_deinit(&reach);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rules_change_the_address),
	    cmocka_unit_test(a_family_picks_among_listed_addresses),
	    cmocka_unit_test(invalid_rules_have_a_message),
	    cmocka_unit_test(local_addresses_alternate_within_their_family),
	    cmocka_unit_test(local_addresses_of_one_family_restrict_the_targets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
