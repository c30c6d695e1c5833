/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The settings, checked before they become a plan. No network is needed for that. */
#ifndef VASTAR_PLAN_CHECK_H
#define VASTAR_PLAN_CHECK_H

#include <vastar/vastar.h>

#include "plan/schedule.h"
#include "plan/until.h"

/* Every conflict of the settings: VASTAR_E_USAGE with a sentence. */
int plan_check(const struct vastar_settings *settings, struct vastar_error *err);

/* The settings ask for a total rate: requests are due by a schedule. */
bool plan_open_loop(const struct vastar_settings *settings);

/* That schedule, without its warm-up; without stages in a closed loop. */
int plan_schedule(const struct vastar_settings *settings, struct schedule *schedule,
		  struct vastar_error *err);

/* What ends the run before its time; its name is empty when nothing does. */
int plan_until(const struct vastar_settings *settings, struct until *until, struct vastar_error *err);

#endif
