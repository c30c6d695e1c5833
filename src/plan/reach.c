/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "plan/reach.h"

#include <sys/socket.h>

int reach_fill(struct reach *reach, const struct vastar_settings *settings, struct vastar_error *err)
{
	int rc;

	if (settings->ipv4 && settings->ipv6)
		return err_set(err, VASTAR_E_USAGE,
			       "-4 and -6: they exclude each other (use one, or none for both)");
	reach->family = settings->ipv4 ? AF_INET : settings->ipv6 ? AF_INET6 : AF_UNSPEC;
	rc =
	    reach_rules_fill(&reach->resolve, REACH_RESOLVE, settings->resolve, settings->resolve_count, err);
	if (!rc)
		rc = reach_rules_fill(&reach->connect_to, REACH_CONNECT_TO, settings->connect_to,
				      settings->connect_to_count, err);
	return rc;
}

void reach_deinit(struct reach *reach)
{
	reach_rules_deinit(&reach->resolve);
	reach_rules_deinit(&reach->connect_to);
	*reach = (struct reach){0};
}
