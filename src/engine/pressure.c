/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine/pressure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/lines.h"

/* ---- a thread ---- */

/* A kernel that does not count reports zeros. */
static bool read_schedstat(const char *root, uint64_t *waited_ns, uint64_t *waits)
{
	unsigned long long ran, waited, slices;
	char line[96];
	bool read = lines_first(root, "/proc/thread-self/schedstat", line, sizeof(line)) &&
		    sscanf(line, "%llu %llu %llu", &ran, &waited, &slices) == 3 && slices;

	if (read) {
		*waited_ns = waited;
		*waits = slices;
	}
	return read;
}

void thread_pressure_begin(struct thread_pressure *thread, const char *root)
{
	*thread = (struct thread_pressure){.run_delay = NAN, .wait_s = NAN};
	thread->known = read_schedstat(root, &thread->waited_ns, &thread->waits);
	thread->at_ns = clock_now_ns();
}

void thread_pressure_end(struct thread_pressure *thread, const char *root)
{
	uint64_t waited_ns, waits, passed_ns = clock_now_ns() - thread->at_ns;

	if (!thread->known || !read_schedstat(root, &waited_ns, &waits) || waited_ns < thread->waited_ns ||
	    waits < thread->waits || !passed_ns)
		return;
	waited_ns -= thread->waited_ns;
	waits -= thread->waits;
	thread->run_delay = fmin((double)waited_ns / (double)passed_ns, 1);
	thread->wait_s = waits ? thread->run_delay * ns_to_s(waited_ns) / (double)waits : 0;
}

/* ---- the host ---- */

/* A tick is 10 ms. With fewer ticks, one more or less would be too large a part of the 5 % that is the
 * limit. */
enum { TICKS_LEAST = 40 };

/* proc(5): cpuN user nice system idle iowait irq softirq steal, then guest times, which user and nice
 * include. */
static bool add_processor(const struct cpus *cpus, const char *line, struct ticks *ticks)
{
	unsigned long long user, nice, system, idle, iowait, irq, softirq, steal;
	unsigned cpu;

	if (sscanf(line, "cpu%u %llu %llu %llu %llu %llu %llu %llu %llu", &cpu, &user, &nice, &system, &idle,
		   &iowait, &irq, &softirq, &steal) != 9)
		return false;
	if (cpu >= 8 * cpus->bytes || !CPU_ISSET_S(cpu, cpus->bytes, cpus->set))
		return false;
	ticks->wanted += user + nice + system + irq + softirq + steal;
	ticks->stolen += steal;
	return true;
}

bool pressure_ticks(const struct cpus *cpus, const char *root, struct ticks *ticks)
{
	struct lines lines;
	const char *line;
	bool any = false;

	*ticks = (struct ticks){0, 0};
	if (!cpus->set)
		return false;
	lines_open(&lines, root, "/proc/stat");
	while ((line = lines_next(&lines)) && !strncmp(line, "cpu", 3))
		any |= add_processor(cpus, line, ticks);
	lines_close(&lines);
	return any;
}

void host_pressure_begin(struct host_pressure *host, const char *root)
{
	host_pressure_free(host);
	*host = (struct host_pressure){.throttled_s = NAN, .stolen = NAN};
	cgroup_cpu_find(&host->group, root);
	cpus_allowed(&host->cpus);
	host->known_throttled = cgroup_cpu_throttled(&host->group, &host->throttled_ns);
	host->known_ticks = pressure_ticks(&host->cpus, root, &host->ticks);
}

void host_pressure_end(struct host_pressure *host, const char *root)
{
	struct ticks now;
	uint64_t throttled_ns;

	if (host->known_throttled && cgroup_cpu_throttled(&host->group, &throttled_ns) &&
	    throttled_ns >= host->throttled_ns)
		host->throttled_s = ns_to_s(throttled_ns - host->throttled_ns);
	if (!host->known_ticks || !pressure_ticks(&host->cpus, root, &now) ||
	    now.wanted < host->ticks.wanted || now.stolen < host->ticks.stolen)
		return;
	now.wanted -= host->ticks.wanted;
	now.stolen -= host->ticks.stolen;
	if (now.wanted >= TICKS_LEAST)
		host->stolen = (double)now.stolen / (double)now.wanted;
}

void host_pressure_free(struct host_pressure *host)
{
	cpus_free(&host->cpus);
}

/* ---- together ---- */

void held_begin(struct held *held)
{
	held->throttled = held->stolen = held->run_delay = held->wait_s = NAN;
}

void held_add_thread(struct held *held, const struct thread_pressure *thread)
{
	if (!thread->known)
		return;
	/* fmax() returns the other number when one argument is NAN. */
	held->run_delay = fmax(held->run_delay, thread->run_delay);
	held->wait_s = fmax(held->wait_s, thread->wait_s);
}

void held_add_host(struct held *held, const struct host_pressure *host, double measured_s)
{
	held->quota = host->group.quota;
	held->stolen = host->stolen;
	if (!isfinite(host->throttled_s) || !(measured_s > 0))
		return;
	/* So does fmin(). */
	held->throttled = fmin(fmin(host->throttled_s / measured_s, 1), held->run_delay);
	held->run_delay -= held->throttled;
}
