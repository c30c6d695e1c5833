/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Files in place of /proc and /sys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ftw.h>
#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/pressure.h"

#define V1_MOUNT "31 30 0:28 / /sys/fs/cgroup/cpu rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
#define V2_MOUNT "30 22 0:27 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
#define OTHER_MOUNTS                                                                                         \
	"22 1 0:21 / / rw - overlay overlay rw\n"                                                            \
	"29 30 0:26 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"

static char root[64];

static int make_root(void **state)
{
	(void)state;
	strcpy(root, "/tmp/vastar-pressure-XXXXXX");
	return mkdtemp(root) ? 0 : -1;
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

static void put(const char *path, const char *text)
{
	char whole[512];
	FILE *file;

	snprintf(whole, sizeof(whole), "%s%s", root, path);
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

static void put_v1(const char *group, const char *quota_us)
{
	char path[256];

	snprintf(path, sizeof(path), "/sys/fs/cgroup/cpu%s/cpu.cfs_quota_us", group);
	put(path, quota_us);
	snprintf(path, sizeof(path), "/sys/fs/cgroup/cpu%s/cpu.cfs_period_us", group);
	put(path, "100000\n");
}

static void put_v2(const char *group, const char *max)
{
	char path[256];

	snprintf(path, sizeof(path), "/sys/fs/cgroup%s/cpu.max", group);
	put(path, max);
}

static struct cgroup_cpu found(void)
{
	struct cgroup_cpu cpu;

	cgroup_cpu_find(&cpu, root);
	return cpu;
}

static void assert_quota(double quota, const char *stat)
{
	struct cgroup_cpu cpu = found();

	assert_true(cpu.known);
	assert_true(fabs(cpu.quota - quota) < 1e-9);
	if (*stat)
		assert_true(!strncmp(cpu.stat, root, strlen(root)));
	assert_string_equal(*stat ? cpu.stat + strlen(root) : cpu.stat, stat);
}

/* ---- the control group ---- */

static void a_limit_of_version_1(void **state)
{
	uint64_t ns;
	struct cgroup_cpu cpu;

	(void)state;
	put("/proc/self/cgroup", "9:name=systemd:/\n3:cpuset:/set\n1:cpu,cpuacct:/job\n0::/job\n");
	put("/proc/self/mountinfo", OTHER_MOUNTS V2_MOUNT V1_MOUNT);
	put_v1("", "-1\n");
	put_v1("/job", "30000\n");
	put_v2("/job", "10000 100000\n"); /* the controller is elsewhere */
	put("/sys/fs/cgroup/cpu/job/cpu.stat", "nr_periods 20\nnr_throttled 19\nthrottled_time 1406500000\n");
	assert_quota(0.3, "/sys/fs/cgroup/cpu/job/cpu.stat");
	cpu = found();
	assert_true(cgroup_cpu_throttled(&cpu, &ns));
	assert_int_equal(ns, 1406500000);
}

static void a_limit_of_version_2(void **state)
{
	uint64_t ns;
	struct cgroup_cpu cpu;

	(void)state;
	put("/proc/self/cgroup", "0::/system.slice/job.service\n");
	put("/proc/self/mountinfo", OTHER_MOUNTS V2_MOUNT);
	put_v2("/system.slice/job.service", "150000 100000\n");
	put("/sys/fs/cgroup/system.slice/job.service/cpu.stat",
	    "usage_usec 5\nnr_periods 20\nnr_throttled 19\nthrottled_usec 1406500\n");
	assert_quota(1.5, "/sys/fs/cgroup/system.slice/job.service/cpu.stat");
	cpu = found();
	assert_true(cgroup_cpu_throttled(&cpu, &ns));
	assert_int_equal(ns, 1406500000);
}

static void the_tightest_limit_on_the_way_up_counts(void **state)
{
	(void)state;
	put("/proc/self/cgroup", "0::/a/b/c\n");
	put("/proc/self/mountinfo", V2_MOUNT);
	put_v2("/a/b/c", "max 100000\n");
	put_v2("/a/b", "400000 100000\n");
	put_v2("/a", "25000 50000\n");
	put_v2("/b", "1000 100000\n"); /* of another branch */
	assert_quota(0.5, "/sys/fs/cgroup/a/cpu.stat");
	put_v2("/a/b/c", "20000 100000\n");
	assert_quota(0.2, "/sys/fs/cgroup/a/b/c/cpu.stat");
}

static void no_limit_is_recognized(void **state)
{
	static const char *const none[] = {"max 100000\n", "max\n", "",	   "0 100000\n",    "-5 100000\n",
					   "1000\n",	   "x y\n", "1 0", "100000 -1000\n"};
	struct cgroup_cpu cpu;
	uint64_t ns = 1;

	(void)state;
	put("/proc/self/cgroup", "0::/job\n");
	put("/proc/self/mountinfo", V2_MOUNT);
	assert_quota(0, ""); /* the root of version 2 has no cpu.max */
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++) {
		put_v2("/job", none[i]);
		assert_quota(0, "");
	}
	cpu = found();
	assert_true(cgroup_cpu_throttled(&cpu, &ns));
	assert_int_equal(ns, 0);
	put("/proc/self/cgroup", "1:cpu:/\n");
	put("/proc/self/mountinfo", V1_MOUNT);
	put_v1("", "-1\n");
	assert_quota(0, "");
	put_v1("", "rubbish\n");
	assert_quota(0, "");
}

static void a_container_sees_its_group_in_one_of_several_ways(void **state)
{
	static const char *const groups[] = {"0::/\n", "0::/../../other\n", "0::/kubepods/pod1\n"};

	(void)state;
	/* Version 2: the mount shows the group as its root, named / or by its name outside. */
	put("/proc/self/mountinfo", V2_MOUNT);
	put_v2("", "70000 100000\n");
	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++) {
		put("/proc/self/cgroup", groups[i]);
		assert_quota(0.7, "/sys/fs/cgroup/cpu.stat");
	}
	/* Version 1 without a namespace: the mount shows the group, under the same name. */
	put("/proc/self/cgroup", "4:cpuacct,cpu:/docker/abc/inner\n");
	put("/proc/self/mountinfo",
	    "31 30 0:28 /docker/abc /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpuacct,cpu\n");
	put_v1("", "80000\n");
	put_v1("/inner", "60000\n");
	assert_quota(0.6, "/sys/fs/cgroup/cpu/inner/cpu.stat");
	put("/proc/self/cgroup", "4:cpuacct,cpu:/docker/abcd\n"); /* another name with the same beginning */
	assert_quota(0.8, "/sys/fs/cgroup/cpu/cpu.stat");
}

static void unreadable_files_mean_unknown(void **state)
{
	static const char *const groups[] = {
	    "", "\n", "0", "0:", "0::", "0::job\n", "::::\n", "1:cpuset:/\n"};
	struct cgroup_cpu cpu = found();
	uint64_t ns;

	(void)state;
	assert_false(cpu.known);
	assert_false(cgroup_cpu_throttled(&cpu, &ns));
	put("/proc/self/mountinfo", "rubbish\n - cgroup2\n1 2 - cgroup2 x y\n" V2_MOUNT);
	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++) {
		put("/proc/self/cgroup", groups[i]);
		assert_false(found().known);
	}
	put("/proc/self/cgroup", "0::/job\n");
	assert_true(found().known);
	put_v2("/job", "30000 100000\n");
	cpu = found();
	assert_true(cpu.quota > 0);
	assert_false(cgroup_cpu_throttled(&cpu, &ns)); /* no cpu.stat */
	put("/sys/fs/cgroup/job/cpu.stat", "usage_usec 1\n");
	assert_false(cgroup_cpu_throttled(&cpu, &ns));
	put("/proc/self/mountinfo", OTHER_MOUNTS);
	assert_false(found().known);
}

static void a_limit_is_rounded_to_whole_processors(void **state)
{
	(void)state;
	assert_int_equal(cpus_within(64, 1.5), 2);
	assert_int_equal(cpus_within(64, 0.3), 1);
	assert_int_equal(cpus_within(64, 2), 2);
	assert_int_equal(cpus_within(64, 0), 64);
	assert_int_equal(cpus_within(1, 4), 1);
	assert_int_equal(cpus_within(0, 0), 1);
}

/* ---- stolen ---- */

static void put_stat(unsigned cpus, unsigned work, unsigned steal_of_odd)
{
	char text[8192];
	size_t used = (size_t)snprintf(text, sizeof(text), "cpu  9 9 9 9 9 9 9 999999 0 0\n");

	for (unsigned i = 0; i < cpus; i++)
		used +=
		    (size_t)snprintf(text + used, sizeof(text) - used, "cpu%u %u 1 2 1000 500 3 4 %u 7 7\n",
				     i, work, i % 2 ? steal_of_odd : 0);
	snprintf(text + used, sizeof(text) - used, "intr 12 0 0\nctxt 5\n");
	put("/proc/stat", text);
}

static void only_usable_processors_can_be_stolen_from(void **state)
{
	cpu_set_t set;
	struct cpus some = {&set, sizeof(set), 0};
	struct ticks ticks;

	(void)state;
	put_stat(64, 90, 100);
	CPU_ZERO(&set);
	CPU_SET(2, &set);
	CPU_SET(62, &set);
	assert_true(pressure_ticks(&some, root, &ticks));
	assert_int_equal(ticks.wanted, 200);
	assert_int_equal(ticks.stolen, 0);
	CPU_ZERO(&set);
	CPU_SET(63, &set);
	assert_true(pressure_ticks(&some, root, &ticks));
	assert_int_equal(ticks.wanted, 200);
	assert_int_equal(ticks.stolen, 100);
	CPU_ZERO(&set);
	CPU_SET(64, &set); /* missing */
	assert_false(pressure_ticks(&some, root, &ticks));
	some.bytes = 1; /* a mask shorter than the machine */
	CPU_SET(3, &set);
	assert_true(pressure_ticks(&some, root, &ticks));
	put("/proc/stat", "cpu 1 2\ncpu3 1 2 3\n");
	assert_false(pressure_ticks(&some, root, &ticks));
}

/* Ticks of the whole run, for the processors of this process. */
static void stolen_time_is_a_share_of_the_wanted_time(void **state)
{
	struct host_pressure host = {.stolen = 0};

	(void)state;
	put("/proc/stat", "cpu0 0 0 0 0 0 0 0 0 0 0\n");
	host_pressure_begin(&host, root);
	cpus_free(&host.cpus);
	host.cpus = (struct cpus){CPU_ALLOC(8), CPU_ALLOC_SIZE(8), 1};
	CPU_ZERO_S(host.cpus.bytes, host.cpus.set);
	CPU_SET_S(0, host.cpus.bytes, host.cpus.set);
	host.known_ticks = pressure_ticks(&host.cpus, root, &host.ticks);
	put("/proc/stat", "cpu0 40 0 40 5000 300 4 4 12 40 0\n");
	host_pressure_end(&host, root);
	assert_true(fabs(host.stolen - 0.12) < 1e-9);
	assert_true(isnan(host.throttled_s)); /* no visible control group */
	host.stolen = NAN;
	put("/proc/stat", "cpu0 10 0 14 5000 300 4 4 7 40 0\n");
	host_pressure_end(&host, root);
	assert_true(isnan(host.stolen));		 /* 0.39 s are too short to tell */
	put("/proc/stat", "cpu0 0 0 0 0 0 0 0 0 0 0\n"); /* backwards: hotplug */
	host.ticks.wanted = 100;
	host.stolen = NAN;
	host_pressure_end(&host, root);
	assert_true(isnan(host.stolen));
	host_pressure_free(&host);
}

/* ---- a thread ---- */

static struct thread_pressure measured(const char *before, const char *after)
{
	struct thread_pressure thread;

	put("/proc/thread-self/schedstat", before);
	thread_pressure_begin(&thread, root);
	thread.at_ns -= 1000000000; /* a second ago */
	put("/proc/thread-self/schedstat", after);
	thread_pressure_end(&thread, root);
	return thread;
}

static void a_thread_waits_for_its_processor(void **state)
{
	struct thread_pressure thread = measured("5000 1000 10\n", "5000 400001000 110\n");

	(void)state;
	assert_true(thread.run_delay > 0.38 && thread.run_delay <= 0.4);
	assert_true(fabs(thread.wait_s / thread.run_delay - 0.004) < 1e-9); /* 400 ms in 100 waits */
	thread = measured("5000 1000 10\n", "6000 1000 10\n");
	assert_true(thread.run_delay == 0 && thread.wait_s == 0);
	thread = measured("5000 1000 10\n", "6000 90000001000 11\n");
	assert_true(thread.run_delay == 1);
	thread = measured("0 0 0\n", "0 0 0\n"); /* the kernel does not count */
	assert_true(isnan(thread.run_delay));
	thread = measured("5000 1000 10\n", "nothing\n");
	assert_true(isnan(thread.run_delay));
	thread = measured("5000 1000 10\n", "5000 999 10\n");
	assert_true(isnan(thread.run_delay));
	remove_root(state);
	thread_pressure_begin(&thread, root);
	thread_pressure_end(&thread, root);
	assert_true(isnan(thread.run_delay));
	assert_int_equal(mkdir(root, 0700), 0);
}

/* ---- together ---- */

static struct held together(double delay, double wait_s, double throttled_s, double stolen)
{
	struct thread_pressure idle = {.known = true, .run_delay = 0.01, .wait_s = 0},
			       thread = {.known = isfinite(delay), .run_delay = delay, .wait_s = wait_s};
	struct host_pressure host = {.throttled_s = throttled_s, .stolen = stolen, .group = {.quota = 0.3}};
	struct held held = {.quota = 0};

	held_begin(&held);
	held_add_thread(&held, &thread);
	if (isfinite(delay))
		held_add_thread(&held, &idle);
	held_add_host(&held, &host, 2);
	return held;
}

static void no_time_is_counted_twice(void **state)
{
	struct held held = together(0.7, 0.05, 1.36, 0.02);

	(void)state;
	assert_true(fabs(held.throttled - 0.68) < 1e-9);
	assert_true(fabs(held.run_delay - 0.02) < 1e-9);
	assert_true(held.quota == 0.3 && held.stolen == 0.02 && held.wait_s == 0.05);
	/* Other processes of the group, or its other processors: no more than the worker has waited. */
	held = together(0.3, 0.05, 6, 0);
	assert_true(fabs(held.throttled - 0.3) < 1e-9 && held.run_delay == 0);
	/* Without the kernel's count of waits. */
	held = together(NAN, 0, 1, NAN);
	assert_true(fabs(held.throttled - 0.5) < 1e-9);
	assert_true(isnan(held.run_delay) && isnan(held.stolen));
	held = together(NAN, 0, 9, 0);
	assert_true(held.throttled == 1);
	held = together(0.2, 0.001, NAN, 0);
	assert_true(isnan(held.throttled) && held.run_delay == 0.2);
}

/* The files of this machine: any share from 0 to 1 is possible. */
static void the_real_files_can_be_read(void **state)
{
	struct host_pressure host = {.stolen = 0};
	struct thread_pressure thread;

	(void)state;
	host_pressure_begin(&host, "");
	thread_pressure_begin(&thread, "");
	host_pressure_end(&host, "");
	thread_pressure_end(&thread, "");
	assert_true(isnan(host.stolen) || (host.stolen >= 0 && host.stolen <= 1));
	assert_true(isnan(thread.run_delay) || (thread.run_delay >= 0 && thread.run_delay <= 1));
	host_pressure_free(&host);
	assert_in_range(cpus_usable(), 1, 1 << 20);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_limit_of_version_1),
	    TEST(a_limit_of_version_2),
	    TEST(the_tightest_limit_on_the_way_up_counts),
	    TEST(no_limit_is_recognized),
	    TEST(a_container_sees_its_group_in_one_of_several_ways),
	    TEST(unreadable_files_mean_unknown),
	    TEST(a_limit_is_rounded_to_whole_processors),
	    TEST(only_usable_processors_can_be_stolen_from),
	    TEST(stolen_time_is_a_share_of_the_wanted_time),
	    TEST(a_thread_waits_for_its_processor),
	    TEST(no_time_is_counted_twice),
	    TEST(the_real_files_can_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
