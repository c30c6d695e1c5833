/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "engine/mixer.h"

#include <stdlib.h>

bool mixer_init(struct mixer *mixer, const struct vastar_plan *plan, uint32_t worker, uint32_t first,
		uint32_t connections)
{
	const struct mix *mix = &plan->mix;

	*mixer = (struct mixer){.mix = mix, .random = plan->seed + worker * UINT64_C(0x9e3779b97f4a7c15)};
	if (!mix->count)
		return true;
	mixer->picks = calloc(connections, sizeof(*mixer->picks));
	mixer->next = calloc(mix->host_count, sizeof(*mixer->next));
	if (!mixer->picks || !mixer->next)
		return false;
	/* A worker that joins gets its connections, and their hosts, from others. */
	for (uint32_t i = 0; i < connections && first + i < plan->connections; i++)
		mixer->picks[i] = mix->hosts[mix->places[first + i]].first;
	/* Workers begin at different turns, so that they do not all send the same. */
	for (uint32_t i = 0; i < mix->host_count; i++)
		mixer->next[i] = (uint32_t)((uint64_t)mix->hosts[i].turn_count * worker / plan->workers_max);
	return true;
}

void mixer_deinit(struct mixer *mixer)
{
	free(mixer->picks);
	free(mixer->next);
	*mixer = (struct mixer){0};
}

void mixer_turn(struct mixer *mixer, uint32_t conn)
{
	const struct mix *mix = mixer->mix;
	const struct mix_host *host;
	uint32_t number, *next;

	if (!mixer->picks)
		return;
	number = mix->requests[mixer->picks[conn]].host;
	host = &mix->hosts[number];
	next = &mixer->next[number];
	if (mix->random) {
		mixer->picks[conn] = host->turns[random_below(&mixer->random, host->turn_count)];
		return;
	}
	mixer->picks[conn] = host->turns[*next];
	*next = *next + 1 < host->turn_count ? *next + 1 : 0;
}
