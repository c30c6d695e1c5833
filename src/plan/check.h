/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Checks the settings before they become a plan. Needs no network. */
#ifndef VASTAR_PLAN_CHECK_H
#define VASTAR_PLAN_CHECK_H

#include <vastar/vastar.h>

#include "plan/schedule.h"
#include "plan/until.h"

/* Finds conflicts of the settings: VASTAR_E_USAGE with a message. */
int plan_check(const struct vastar_settings *settings, struct vastar_error *err);

/* True if some request expects a certain response (--expect). */
bool plan_expects(const struct vastar_settings *settings);

/* True if the settings give a total rate: requests are due by a schedule. */
bool plan_open_loop(const struct vastar_settings *settings);

/* That schedule, without its warm-up. It has no stages in a closed loop. */
int plan_schedule(const struct vastar_settings *settings, struct schedule *schedule,
		  struct vastar_error *err);

/* The percentile of --until; its name is empty without --until. */
int plan_until(const struct vastar_settings *settings, struct until *until, struct vastar_error *err);

#endif
