/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>

#include <cmocka.h>

#include "plan/target.h"

static const struct reach any;

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define REPEAT10(x) x x x x x x x x x x

static const struct {
	const char *url, *host, *authority, *path;
	uint16_t port;
} urls[] = {
    {"http://h", "h", "h", "/", 80},
    {"http://h/", "h", "h", "/", 80},
    {"h", "h", "h", "/", 80},
    {"h/p", "h", "h", "/p", 80},
    {"localhost:8080", "localhost", "localhost:8080", "/", 8080},
    {":8080", "localhost", "localhost:8080", "/", 8080},
    {":8080/a?b", "localhost", "localhost:8080", "/a?b", 8080},
    {":80", "localhost", "localhost", "/", 80},
    {"localhost:8080/a?b", "localhost", "localhost:8080", "/a?b", 8080},
    {"//h/p", "h", "h", "/p", 80},
    {"HTTP://ExAmPle.COM/Path", "example.com", "example.com", "/Path", 80},
    {"http://h:80/", "h", "h", "/", 80},
    {"http://h:/", "h", "h", "/", 80},
    {"http://h:00081/", "h", "h:81", "/", 81},
    {"http://h:1/", "h", "h:1", "/", 1},
    {"http://h:65535/", "h", "h:65535", "/", 65535},
    {"http://h?q", "h", "h", "/?q", 80},
    {"http://h:8080?q=1&r", "h", "h:8080", "/?q=1&r", 8080},
    {"http://h?", "h", "h", "/?", 80},
    {"h?q", "h", "h", "/?q", 80},
    {"http://h#f", "h", "h", "/", 80},
    {"http://h/p#f", "h", "h", "/p", 80},
    {"http://h/p?q#f?g/h", "h", "h", "/p?q", 80},
    {"http://h?q/r#f", "h", "h", "/?q/r", 80},
    {"http://h/p?q?r", "h", "h", "/p?q?r", 80},
    {"http://h/a/../b/./c", "h", "h", "/a/../b/./c", 80}, /* as typed: the test may be about it */
    {"http://h//p", "h", "h", "//p", 80},
    {"http://h/%20%zz", "h", "h", "/%20%zz", 80},
    {"http://h/\xc3\xa4?\xc3\xb6", "h", "h", "/%C3%A4?%C3%B6", 80},
    {"http://h/?to=http://user@other/", "h", "h", "/?to=http://user@other/", 80},
    {"h/to?u=ftp://x", "h", "h", "/to?u=ftp://x", 80},
    {"http://127.0.0.1:8080/", "127.0.0.1", "127.0.0.1:8080", "/", 8080},
    {"http://[::1]/", "::1", "[::1]", "/", 80},
    {"http://[::1]:8080/p", "::1", "[::1]:8080", "/p", 8080},
    {"[::1]:8080", "::1", "[::1]:8080", "/", 8080},
    {"http://[::1]:/", "::1", "[::1]", "/", 80},
    {"http://[2001:DB8:0:0::1]?q", "2001:db8::1", "[2001:db8::1]", "/?q", 80},
    {"http://[::ffff:127.0.0.1]:81/", "::ffff:127.0.0.1", "[::ffff:127.0.0.1]:81", "/", 81},
    {"http://[fe80::1%25eth0]:81/", "fe80::1", "[fe80::1]:81", "/", 81},
    {"http://[FE80::1%eth0.5]/", "fe80::1", "[fe80::1]", "/", 80},
#ifdef HAVE_IDN
    {"http://M\xc3\x9cnchen.de:81/", "xn--mnchen-3ya.de", "xn--mnchen-3ya.de:81", "/", 81},
    {"http://b\xc3\xbc"
     "cher.\xe4\xbe\x8b\xe3\x81\x88\xe3\x80\x82jp/",
     "xn--bcher-kva.xn--r8jz45g.jp", "xn--bcher-kva.xn--r8jz45g.jp", "/", 80},
    {"http://fa\xc3\x9f.de/", "xn--fa-hia.de", "xn--fa-hia.de", "/", 80},
#endif
    {"http://a-b_c.d.", "a-b_c.d.", "a-b_c.d.", "/", 80},
    {"http://xn--mnchen-3ya.de/", "xn--mnchen-3ya.de", "xn--mnchen-3ya.de", "/", 80},
};

static void urls_are_taken_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(urls); i++) {
		struct target target;
		struct vastar_error err = {0};

		if (target_parse(&target, urls[i].url, &err))
			fail_msg("%s: %s", urls[i].url, err.text);
		if (strcmp(target.host, urls[i].host) || strcmp(target.authority, urls[i].authority) ||
		    strcmp(target.path, urls[i].path) || target.port != urls[i].port || target.address_count)
			fail_msg("%s: host %s authority %s path %s port %u", urls[i].url, target.host,
				 target.authority, target.path, target.port);
		target_deinit(&target);
		assert_null(target.host);
	}
}

static const struct {
	const char *url, *sentence;
} refusals[] = {
    {NULL, "URL: missing"},
    {"", "URL: missing"},
#ifdef HAVE_TLS
    {"https:h", "\"//\" must follow \"https:\""},
    {"https://", "it names no host"},
#else
    {"https://h/", "built without TLS"},
    {"HTTPS://h/", "built without TLS"},
    {"https:h", "built without TLS"},
#endif
    {"ftp://h/", "the scheme \"ftp\" is not supported"},
    {"file:///etc/passwd", "the scheme \"file\""},
    {"ws+x-1.2://h/", "the scheme \"ws+x-1.2\""},
    {"unix:", "it names no Unix socket"},
    {"unix::/path", "it names no Unix socket"},
    {"http:h/", "\"//\" must follow \"http:\""},
    {"http:/h", "\"//\" must follow \"http:\""},
    {"http:", "\"//\" must follow \"http:\""},
    {"http://user:secret@h/", "use -a USER:PASSWORD"},
    {"user@h", "use -a USER:PASSWORD"},
    {"http://@h/", "use -a USER:PASSWORD"},
    {"http:///p", "names no host"},
    {"http://", "names no host"},
    {"http://:80/", "names no host"},
    {"/p", "names no host"},
    {":", "names no host"},
    {":p/", "names no host"},
    {":0", "port \"0\" is not a number"},
    {":65536", "port \"65536\" is not a number"},
    {":655360000000", "is not a number from 1 to 65535"},
    {":80:80", "more than one"},
    {"?q", "names no host"},
    {"http://h:0/", "port \"0\" is not a number from 1 to 65535"},
    {"http://h:65536/", "port \"65536\""},
    {"http://h:99999999999999999999999/", "port \"99999999999999999999999\""},
    {"http://h:http/", "port \"http\""},
    {"http://h:80x/", "port \"80x\""},
    {"http://h:-1/", "port \"-1\""},
    {"http://h:+1/", "port \"+1\""},
    {"mailto:x", "port \"x\""},
    {"http://h:80:81/", "more than one \":\""},
    {"::1", "an IPv6 address goes in brackets"},
    {"http://2001:db8::1/", "an IPv6 address goes in brackets"},
    {"http://[::1/", "\"[\" without \"]\""},
    {"http://[]/", "\"[]\" is not an IPv6 address"},
    {"http://[127.0.0.1]/", "\"[127.0.0.1]\" is not an IPv6 address"},
    {"http://[::g]/", "\"[::g]\" is not an IPv6 address"},
    {"http://[1:2:3:4:5:6:7:8:9:10:11:12:13:14:15:16:17:18:19:20]/", "the IPv6 address is too long"},
    {"http://[fe80::1%25]/", "the zone of the IPv6 address is not the name of an interface"},
    {"http://[fe80::1%]/", "the zone of the IPv6 address is not the name of an interface"},
    {"http://[fe80::1%25a234567890123456]/", "the zone of the IPv6 address is not the name of an interface"},
    {"http://[fe80::1%25a/b]/", "\"[\" without \"]\""},
    {"http://[fe80::1%25a:b]/", "the zone of the IPv6 address has a character"},
    {"http://[fe80::1%25a%25b]/", "the zone of the IPv6 address has a character"},
    {"http://[%25eth0]/", "\"[]\" is not an IPv6 address"},
    {"http://a%25eth0/", "a character that a host name cannot have"},
    {"http://[::1]8080/", "only \":port\" may follow \"]\""},
    {"http://[::1]:x/", "port \"x\""},
    {"http://h/a b", "blank or a control character"},
    {" http://h/", "blank or a control character"},
    {"http://h/\r\nX: y", "blank or a control character"},
    {"http://h/\t", "blank or a control character"},
    {"http://h/\x7f", "blank or a control character"},
    {"http://h!/", "a character that a host name cannot have"},
    {"http://a,b/", "a character that a host name cannot have"},
#ifdef HAVE_IDN
    {"http://m\xfcnchen.de/", "the host is not a valid international name"},
    {"http://\xc3\xbc-.\xe2\x80\x8b/", "the host is not a valid international name"},
#else
    {"http://m\xc3\xbcnchen.de/", "built without libidn2"},
#endif
    {"http://a%20b/", "a character that a host name cannot have"},
    {"http://" REPEAT10(REPEAT10("abc")) "/", "more than 253 characters"},
};

static void refused_urls_have_a_message(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(refusals); i++) {
		struct target target = {.port = 7};
		struct vastar_error err = {0};

		if (target_parse(&target, refusals[i].url, &err) != -VASTAR_E_USAGE)
			fail_msg("%s was not refused", refusals[i].url);
		if (strncmp(err.text, "URL: ", 5) || !strstr(err.text, refusals[i].sentence))
			fail_msg("%s: %s", refusals[i].url ? refusals[i].url : "NULL", err.text);
		assert_null(strstr(err.text, "secret"));
		assert_int_equal(target.port, 7);
		assert_null(target.host);
	}
}

static void the_longest_host_name_is_accepted(void **state)
{
	struct target target;
	char url[280];

	(void)state;
	snprintf(url, sizeof(url), "http://%.253s:65535/", REPEAT10(REPEAT10("abc")));
	assert_int_equal(target_parse(&target, url, NULL), 0);
	assert_int_equal(strlen(target.host), 253);
	assert_int_equal(strlen(target.authority), 259);
	target_deinit(&target);
}

/* RFC 3986 sections 5.4.1 and 5.4.2, with a supported scheme. */
static const struct {
	const char *location, *path;
} rfc_examples[] = {
    {"g", "/b/c/g"},
    {"./g", "/b/c/g"},
    {"g/", "/b/c/g/"},
    {"/g", "/g"},
    {"?y", "/b/c/d;p?y"},
    {"g?y", "/b/c/g?y"},
    {"#s", "/b/c/d;p?q"},
    {"g#s", "/b/c/g"},
    {"g?y#s", "/b/c/g?y"},
    {";x", "/b/c/;x"},
    {"g;x", "/b/c/g;x"},
    {"g;x?y#s", "/b/c/g;x?y"},
    {"", "/b/c/d;p?q"},
    {".", "/b/c/"},
    {"./", "/b/c/"},
    {"..", "/b/"},
    {"../", "/b/"},
    {"../g", "/b/g"},
    {"../..", "/"},
    {"../../", "/"},
    {"../../g", "/g"},
    {"../../../g", "/g"},
    {"../../../../g", "/g"},
    {"/./g", "/g"},
    {"/../g", "/g"},
    {"g.", "/b/c/g."},
    {".g", "/b/c/.g"},
    {"g..", "/b/c/g.."},
    {"..g", "/b/c/..g"},
    {"./../g", "/b/g"},
    {"./g/.", "/b/c/g/"},
    {"g/./h", "/b/c/g/h"},
    {"g/../h", "/b/c/h"},
    {"g;x=1/./y", "/b/c/g;x=1/y"},
    {"g;x=1/../y", "/b/c/y"},
    {"g?y/./x", "/b/c/g?y/./x"},
    {"g?y/../x", "/b/c/g?y/../x"},
    {"g#s/./x", "/b/c/g"},
    {"g#s/../x", "/b/c/g"},
    /* not in the RFC */
    {"/a/b/c/./../../g", "/a/g"},
    {"/g//../h", "/g/h"},
    {"/..", "/"},
    {"/.", "/"},
    {"/...", "/..."},
    {"?", "/b/c/d;p?"},
    {"/\xc3\xa4", "/%C3%A4"},
};

static void the_examples_of_rfc_3986(void **state)
{
	struct target base, target;

	(void)state;
	assert_int_equal(target_parse(&base, "http://a/b/c/d;p?q", NULL), 0);
	for (size_t i = 0; i < LENGTH(rfc_examples); i++) {
		assert_int_equal(target_join(&target, &base, rfc_examples[i].location), TARGET_FOLLOW);
		if (strcmp(target.path, rfc_examples[i].path) || strcmp(target.authority, "a"))
			fail_msg("\"%s\": %s %s", rfc_examples[i].location, target.authority, target.path);
		target_deinit(&target);
	}
	target_deinit(&base);
}

static const struct {
	const char *base, *location, *authority, *path;
} joins[] = {
    {"http://a:81/b", "c", "a:81", "/c"},
    {"http://a:81/b", "/c", "a:81", "/c"},
    {"http://a:81/b", "//c", "c", "/"},
    {"http://a:81/b", "//c:82/d/../e?f", "c:82", "/e?f"},
    {"http://a:81/b", "http://c", "c", "/"},
    {"http://a:81/b", "HTTP://C:82?d", "c:82", "/?d"},
    {"http://a:81/b", "http://a/../c", "a", "/c"},
    {"http://a", "b", "a", "/b"},
    {"http://a?q", "b", "a", "/b"},
    {"http://a?q", "", "a", "/?q"},
    {"http://a/b/?q=/x/y", "c", "a", "/b/c"},
    {"http://a/b/?q", "../c", "a", "/c"},
    {"http://[::1]:81/b", "c", "[::1]:81", "/c"},
    {"http://a/b", "//[::1]:82/", "[::1]:82", "/"},
    {"http://[fe80::1%25eth0]/b", "http://[fe80::1]:82/", "[fe80::1]:82", "/"},
};

static void hosts_ports_and_queries_of_a_location(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(joins); i++) {
		struct target base, target;

		assert_int_equal(target_parse(&base, joins[i].base, NULL), 0);
		assert_int_equal(target_join(&target, &base, joins[i].location), TARGET_FOLLOW);
		if (strcmp(target.authority, joins[i].authority) || strcmp(target.path, joins[i].path))
			fail_msg("%s + %s: %s %s", joins[i].base, joins[i].location, target.authority,
				 target.path);
		assert_int_equal(target.address_count, 0);
		target_deinit(&target);
		target_deinit(&base);
	}
}

static const struct {
	const char *location;
	enum target_refusal refusal;
} unfollowed[] = {
#ifdef HAVE_TLS
    {"https:", TARGET_BAD_URL},
#else
    {"https://a/", TARGET_HTTPS},     {"HTTPS://a/", TARGET_HTTPS},
    {"https:", TARGET_HTTPS},
#endif
    {"ftp://a/", TARGET_BAD_URL},     {"mailto:x", TARGET_BAD_URL},
    {"g:h", TARGET_BAD_URL},	      {"http:g", TARGET_BAD_URL},
    {"http://", TARGET_BAD_URL},      {"//", TARGET_BAD_URL},
    {"///g", TARGET_BAD_URL},	      {"//u:p@c/", TARGET_BAD_URL},
    {"//c:0/", TARGET_BAD_URL},	      {"//c:x/", TARGET_BAD_URL},
    {"http://[::1/", TARGET_BAD_URL}, {"http://[fe80::1%25lo]/", TARGET_BAD_URL},
    {"/a b", TARGET_BAD_URL},	      {"/a\r\nSet-Cookie: x", TARGET_BAD_URL},
    {"/\x01", TARGET_BAD_URL},	      {"unix:/x", TARGET_BAD_URL},
};

static void unusable_locations_own_nothing(void **state)
{
	struct target base;

	(void)state;
	assert_int_equal(target_parse(&base, "http://a/b", NULL), 0);
	for (size_t i = 0; i < LENGTH(unfollowed); i++) {
		struct target target = {.port = 7};

		if (target_join(&target, &base, unfollowed[i].location) != unfollowed[i].refusal)
			fail_msg("%s", unfollowed[i].location);
		assert_null(target.host);
		assert_int_equal(target.port, 7);
	}
	target_deinit(&base);
}

static void an_origin_is_host_and_port(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} pairs[] = {
	    {"http://h/a", "h:80/b?c", true},
	    {"http://H/", "http://h/", true},
	    {"http://h/", "http://h:81/", false},
	    {"http://h/", "http://g/", false},
	    {"http://[::1]/", "http://[0:0::1]/", true},
	    {"http://127.0.0.1/", "http://localhost/", false},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(pairs); i++) {
		struct target a, b;

		assert_int_equal(target_parse(&a, pairs[i].a, NULL), 0);
		assert_int_equal(target_parse(&b, pairs[i].b, NULL), 0);
		if (target_same_origin(&a, &b) != pairs[i].same)
			fail_msg("%s %s", pairs[i].a, pairs[i].b);
		target_deinit(&a);
		target_deinit(&b);
	}
}

static void literals_resolve_to_themselves(void **state)
{
	struct target target;
	const struct sockaddr_in *v4;
	const struct sockaddr_in6 *v6;

	(void)state;
	assert_int_equal(target_parse(&target, "127.0.0.2:8080", NULL), 0);
	assert_int_equal(target_resolve(&target, &any, NULL), 0);
	assert_int_equal(target.address_count, 1);
	v4 = (const struct sockaddr_in *)&target.addresses[0].at;
	assert_int_equal(v4->sin_family, AF_INET);
	assert_int_equal(ntohs(v4->sin_port), 8080);
	assert_int_equal(ntohl(v4->sin_addr.s_addr), 0x7f000002);
	assert_int_equal(target.addresses[0].length, sizeof(*v4));
	target_deinit(&target);

	assert_int_equal(target_parse(&target, "[::1]", NULL), 0);
	assert_int_equal(target_resolve(&target, &any, NULL), 0);
	assert_int_equal(target.address_count, 1);
	v6 = (const struct sockaddr_in6 *)&target.addresses[0].at;
	assert_int_equal(v6->sin6_family, AF_INET6);
	assert_int_equal(ntohs(v6->sin6_port), 80);
	assert_true(IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr));
	assert_int_equal(v6->sin6_scope_id, 0);
	target_deinit(&target);
}

static void a_zone_becomes_an_interface_index(void **state)
{
	unsigned lo = if_nametoindex("lo");
	struct target target;
	struct vastar_error err;
	char url[64];

	(void)state;
	if (!lo)
		skip();
	for (unsigned i = 0; i < 2; i++) {
		const struct sockaddr_in6 *at = (const struct sockaddr_in6 *)&target.addresses[0].at;

		snprintf(url, sizeof(url), i ? "http://[fe80::1%%25%u]/" : "http://[fe80::1%%25lo]/", lo);
		assert_int_equal(target_parse(&target, url, NULL), 0);
		assert_int_equal(target_resolve(&target, &any, NULL), 0);
		assert_int_equal(at->sin6_scope_id, lo);
		target_deinit(&target);
	}
	assert_int_equal(target_parse(&target, "http://[fe80::1%25none-such]/", NULL), 0);
	assert_int_equal(target_resolve(&target, &any, &err), -VASTAR_E_SYSTEM);
	assert_string_equal(
	    err.text, "none-such: this host has no such interface (correct the zone; ip link lists them)");
	target_deinit(&target);
}

static const struct {
	const char *url, *unix_path, *path;
	bool tls;
} sockets[] = {
    {"unix:/run/x.sock", "/run/x.sock", "/", false},
    {"unix:x.sock", "x.sock", "/", false},
    {"UNIX:///run/x.sock", "/run/x.sock", "/", false},
    {"unix:/run/x.sock:/a/b?c", "/run/x.sock", "/a/b?c", false},
    {"http://unix:/run/x.sock:/a/b?c", "/run/x.sock", "/a/b?c", false},
    {"http://unix:/run/x.sock", "/run/x.sock", "/", false},
    {"http://unix:/run/a:b.sock:/", "/run/a:b.sock", "/", false},
#ifdef HAVE_TLS
    {"https://unix:/run/x.sock:/p", "/run/x.sock", "/p", true},
#endif
};

static void urls_name_unix_sockets(void **state)
{
	struct target target;

	(void)state;
	for (size_t i = 0; i < LENGTH(sockets); i++) {
		assert_int_equal(target_parse(&target, sockets[i].url, NULL), 0);
		assert_string_equal(target.unix_path, sockets[i].unix_path);
		assert_string_equal(target.path, sockets[i].path);
		assert_string_equal(target.authority, "localhost");
		assert_true(target.tls == sockets[i].tls);
		target_deinit(&target);
	}
	/* A host with that name. */
	assert_int_equal(target_parse(&target, "http://unix:8080/", NULL), 0);
	assert_null(target.unix_path);
	assert_string_equal(target.authority, "unix:8080");
	target_deinit(&target);
}

static void only_addresses_of_the_family_count(void **state)
{
	static const struct reach v4 = {.family = AF_INET}, v6 = {.family = AF_INET6};
	struct target target;

	(void)state;
	assert_int_equal(target_parse(&target, "127.0.0.1", NULL), 0);
	assert_int_equal(target_resolve(&target, &v6, NULL), -VASTAR_E_SYSTEM);
	assert_int_equal(target_resolve(&target, &v4, NULL), 0);
	assert_int_equal(target.address_count, 1);
	target_deinit(&target);
}

static void a_host_without_an_address_is_a_system_error(void **state)
{
	struct target target;
	struct vastar_error err = {0};

	(void)state;
	/* Two dots in a row: needs no name server. */
	assert_int_equal(target_parse(&target, "no..name", NULL), 0);
	assert_int_equal(target_resolve(&target, &any, &err), -VASTAR_E_SYSTEM);
	assert_non_null(strstr(err.text, "no..name: the host has no address: "));
	assert_int_equal(target.address_count, 0);
	target_deinit(&target);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(urls_are_taken_apart),
	    cmocka_unit_test(refused_urls_have_a_message),
	    cmocka_unit_test(the_longest_host_name_is_accepted),
	    cmocka_unit_test(the_examples_of_rfc_3986),
	    cmocka_unit_test(hosts_ports_and_queries_of_a_location),
	    cmocka_unit_test(unusable_locations_own_nothing),
	    cmocka_unit_test(an_origin_is_host_and_port),
	    cmocka_unit_test(literals_resolve_to_themselves),
	    cmocka_unit_test(a_zone_becomes_an_interface_index),
	    cmocka_unit_test(urls_name_unix_sockets),
	    cmocka_unit_test(only_addresses_of_the_family_count),
	    cmocka_unit_test(a_host_without_an_address_is_a_system_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
