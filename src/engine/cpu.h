/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Facts about this machine for the report, read once. */
#ifndef VASTAR_ENGINE_CPU_H
#define VASTAR_ENGINE_CPU_H

#include "stats/result.h"

/* Fills in kernel, cpu_model, cpu_count, usable_cpus and ram_mb. */
void cpu_describe(struct run_facts *facts);

#endif
