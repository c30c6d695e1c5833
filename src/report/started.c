/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "report/started.h"

struct text started_at(const struct run_facts *facts)
{
	return fmt_instant(facts->started_at_s, (int)(facts->started_at_ms % 1000));
}
