/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Processor time that vastar does not get while it measures (stats/held.h), as the kernel counts it:
 *
 * - Run delay: /proc/thread-self/schedstat, the time that a thread was ready but did not run. The kernel
 *   counts from the moment a thread could run until it runs, whatever the reason. So throttled time is
 *   included (one busy thread with 0.3 of a processor, Linux 6.18: 0.703 throttled, 0.704 run delay).
 * - Throttled: cpu.stat of the group with the tightest limit, a sum over its processors and everything in the
 *   group. vastar's figure is that sum as a share of the time, but no more than the run delay of the worker
 *   that waited most. The reported run delay excludes it.
 * - Stolen: /proc/stat, for the processors on which vastar may run: steal / (user + nice + system + irq +
 *   softirq + steal). Idle time is not in the sum: an idle processor cannot be stolen, and one of 64 may be
 *   all that vastar runs on. Not known for less than 0.4 s of work.
 *
 * A response that arrives while its worker waits for a processor waits for the rest of that delay. Waits of
 * very different lengths have about an exponential distribution, whose remaining time is as long as the mean
 * wait. So on average a response waits run delay * (time waited / waits). The worker may be waiting for the
 * server on the same machine, which was making the response. Then the waits are many and short, and the
 * figure is small.
 *
 * `root` is put in front of /proc and /sys: "", or a folder in tests. What cannot be read is not known (NAN).
 */
#ifndef VASTAR_ENGINE_PRESSURE_H
#define VASTAR_ENGINE_PRESSURE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cgroup.h"
#include "base/cpus.h"
#include "stats/held.h"

/* For one thread, called by that thread: two reads of a file of 30 bytes. */
struct thread_pressure {
	uint64_t at_ns, waited_ns, waits; /* when the measured part began */
	bool known;
	double run_delay; /* from begin to end */
	double wait_s;
};

void thread_pressure_begin(struct thread_pressure *thread, const char *root);
void thread_pressure_end(struct thread_pressure *thread, const char *root);

struct ticks {
	uint64_t wanted, stolen;
};

/* Ticks of the processors in `cpus`. False: not known. */
bool pressure_ticks(const struct cpus *cpus, const char *root, struct ticks *ticks);

/* For the process; zero it first. Call it before the clock starts and after the measuring has ended,
 * because the files may be long. */
struct host_pressure {
	struct cgroup_cpu group;
	struct cpus cpus;
	struct ticks ticks;
	uint64_t throttled_ns;
	bool known_throttled, known_ticks;
	double throttled_s; /* from begin to end */
	double stolen;
};

void host_pressure_begin(struct host_pressure *host, const char *root);
void host_pressure_end(struct host_pressure *host, const char *root);
void host_pressure_free(struct host_pressure *host);

/* Combine both for the measured time. After held_begin() nothing is known. The figures of the threads are
 * those of the worker that waited most. */
void held_begin(struct held *held);
void held_add_thread(struct held *held, const struct thread_pressure *thread);
void held_add_host(struct held *held, const struct host_pressure *host, double measured_s);

#endif
