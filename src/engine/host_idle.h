/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Idle processor time of the host, which growth.h may use. */
#ifndef VASTAR_ENGINE_HOST_IDLE_H
#define VASTAR_ENGINE_HOST_IDLE_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>

/* Idle time of the processors in `usable` since the host started, in ns, from a file like /proc/stat
 * (proc(5)): "cpuN user nice system idle iowait ..." in hundredths of a second. False: the file cannot be
 * read, or the processors are not in it. */
bool host_idle_ns(const char *path, const cpu_set_t *usable, uint64_t *idlep);

#endif
