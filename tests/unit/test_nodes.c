/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Files in place of /sys: processors divided into nodes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/nodes.h"

static char root[64];
static int first, second; /* two allowed processors; the same one twice on a host with one */

static int make_root(void **state)
{
	cpu_set_t allowed;

	(void)state;
	strcpy(root, "/tmp/vastar-nodes-XXXXXX");
	if (!mkdtemp(root) || sched_getaffinity(0, sizeof(allowed), &allowed))
		return -1;
	for (first = 0; !CPU_ISSET((size_t)first, &allowed); first++)
		;
	for (second = CPU_SETSIZE - 1; !CPU_ISSET((size_t)second, &allowed); second--)
		;
	return 0;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
	(void)status;
	(void)kind;
	(void)where;
	return remove(path);
}

static int remove_root(void **state)
{
	(void)state;
	return nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void put(const char *name, const char *text)
{
	char whole[256];
	FILE *file;

	snprintf(whole, sizeof(whole), "%s/sys/devices/system/node/%s", root, name);
	for (char *slash = whole + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(whole, 0700);
		*slash = '/';
	}
	file = fopen(whole, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void put_node(unsigned node, int cpu, const char *more)
{
	char name[32], list[64];

	snprintf(name, sizeof(name), "node%u/cpulist", node);
	snprintf(list, sizeof(list), "%d%s\n", cpu, more);
	put(name, list);
}

static void test_nothing_known(void **state)
{
	struct cpus chosen;

	(void)state;
	assert_false(nodes_choose(&chosen, root, first, 0));
}

static void test_one_node(void **state)
{
	struct cpus chosen;

	(void)state;
	put("online", "0\n");
	put_node(0, first, "");
	assert_false(nodes_choose(&chosen, root, first, 0));
}

/* A node without processors does not count, nor does one without allowed processors. */
static void test_nodes_that_do_not_count(void **state)
{
	struct cpus chosen;

	(void)state;
	put("online", "0-2\n");
	put_node(0, first, "");
	put("node1/cpulist", "\n");
	put_node(2, 1000, "-1020");
	assert_false(nodes_choose(&chosen, root, first, 0));
}

static void expect(int cpu, uint32_t index, int wanted)
{
	struct cpus chosen;

	assert_true(nodes_choose(&chosen, root, cpu, index));
	assert_int_equal(chosen.count, 1);
	assert_int_equal(CPU_COUNT_S(chosen.bytes, chosen.set), 1);
	assert_true(CPU_ISSET_S((size_t)wanted, chosen.bytes, chosen.set));
	cpus_free(&chosen);
}

static void test_two_nodes(void **state)
{
	(void)state;
	if (first == second)
		skip();
	put("online", "0,2\n");
	put_node(0, first, ",1000-1003");
	put_node(2, second, "");
	expect(first, 0, first);
	expect(first, 1, second);
	expect(first, 2, first);
	expect(second, 0, second);
	expect(second, 1, first);
	expect(-1, 1, second);
}

/* A thread that stays on a node may not run elsewhere. */
static void test_stay(void **state)
{
	cpu_set_t before, after;
	struct cpus chosen;

	(void)state;
	if (first == second)
		skip();
	put("online", "0,2\n");
	put_node(0, first, "");
	put_node(2, second, "");
	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	nodes_stay(root, second, 1);
	assert_int_equal(sched_getaffinity(0, sizeof(after), &after), 0);
	assert_int_equal(CPU_COUNT(&after), 1);
	assert_true(CPU_ISSET((size_t)first, &after));
	/* Now it has only one node. */
	assert_false(nodes_choose(&chosen, root, first, 1));
	assert_int_equal(sched_setaffinity(0, sizeof(before), &before), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_nothing_known, make_root, remove_root),
	    cmocka_unit_test_setup_teardown(test_one_node, make_root, remove_root),
	    cmocka_unit_test_setup_teardown(test_nodes_that_do_not_count, make_root, remove_root),
	    cmocka_unit_test_setup_teardown(test_two_nodes, make_root, remove_root),
	    cmocka_unit_test_setup_teardown(test_stay, make_root, remove_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
