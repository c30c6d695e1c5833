/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "plan/reach.h"

#include <sys/socket.h>

/* Local addresses of one family only reach peers of that family. */
static int settle_family(struct reach *reach, struct vastar_error *err)
{
	bool v4 = local_addresses_have(&reach->local, AF_INET),
	     v6 = local_addresses_have(&reach->local, AF_INET6);

	if (!v4 && !v6)
		return 0;
	if (reach->family && !local_addresses_have(&reach->local, reach->family))
		return err_set(err, VASTAR_E_USAGE,
			       "--local-address %.100s: no address of IPv%d, which -%d requires (add one)",
			       reach->local.text, reach->family == AF_INET ? 4 : 6,
			       reach->family == AF_INET ? 4 : 6);
	if (v4 != v6)
		reach->family = v4 ? AF_INET : AF_INET6;
	return 0;
}

int reach_fill(struct reach *reach, const struct vastar_settings *settings, struct vastar_error *err)
{
	int rc;

	if (settings->ipv4 && settings->ipv6)
		return err_set(err, VASTAR_E_USAGE,
			       "-4 and -6: they exclude each other (use one, or none for both)");
	reach->family = settings->ipv4 ? AF_INET : settings->ipv6 ? AF_INET6 : AF_UNSPEC;
	reach->family_asked = reach->family;
	rc =
	    reach_rules_fill(&reach->resolve, REACH_RESOLVE, settings->resolve, settings->resolve_count, err);
	if (!rc)
		rc = reach_rules_fill(&reach->connect_to, REACH_CONNECT_TO, settings->connect_to,
				      settings->connect_to_count, err);
	if (!rc)
		rc = local_addresses_fill(&reach->local, settings->local_addresses, err);
	return rc ? rc : settle_family(reach, err);
}

void reach_deinit(struct reach *reach)
{
	reach_rules_deinit(&reach->resolve);
	reach_rules_deinit(&reach->connect_to);
	local_addresses_deinit(&reach->local);
	*reach = (struct reach){0};
}
