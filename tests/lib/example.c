/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <stdio.h>
#include <vastar/vastar.h>

int main(int argc, char **argv)
{
	struct vastar_settings settings;
	struct vastar_plan *plan;
	struct vastar_result *result;
	struct vastar_summary summary;
	struct vastar_error err;

	vastar_settings_init(&settings);
	settings.url = argc > 1 ? argv[1] : "http://127.0.0.1:8080/";
	settings.concurrency = 100;
	settings.requests = 10000;
	if (vastar_plan_new(&settings, &plan, &err)) {
		fprintf(stderr, "%s\n", err.text);
		return 2;
	}
	if (vastar_bench(plan, &result, &err)) {
		fprintf(stderr, "%s\n", err.text);
		vastar_plan_free(plan);
		return 1;
	}
	vastar_result_summary(result, &summary);
	printf("%llu responses, %llu errors, %.0f a second, p99 %.3f ms\n",
	       (unsigned long long)summary.responses, (unsigned long long)summary.errors, summary.rps,
	       1e3 * vastar_result_percentile(result, 99));
	vastar_result_free(result);
	vastar_plan_free(plan);
	return summary.responses ? 0 : 1;
}
