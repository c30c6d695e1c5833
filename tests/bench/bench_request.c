/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Building a request: done once for each run and each redirect. */
#include "bench.h"
#include "plan/plan.h"

enum { REQUESTS = 20000 };

struct order {
	struct vastar_settings settings;
	struct target target;
};

static void build(void *context, unsigned iterations)
{
	const struct order *order = context;

	while (iterations--) {
		struct request request;
		struct vastar_error err;

		bench_must(!request_build(&request, &order->settings, &order->target, &err),
			   "the request was refused");
		request_deinit(&request);
	}
}

int main(void)
{
	static const char *const headers[] = {"Authorization: Bearer 0123456789abcdef", "X-Trace: 1",
					      "Accept: application/json", "Cookie: a=b"};
	static const char body[1024];
	struct order order = {0};
	struct vastar_error err;

	vastar_settings_init(&order.settings);
	bench_must(!target_parse(&order.target, "http://127.0.0.1:8080/path?query=1", &err),
		   "the URL was refused");
	bench_case("request: build a GET", build, &order, REQUESTS);
	order.settings.method = "POST";
	order.settings.body = body;
	order.settings.body_length = sizeof(body);
	order.settings.headers = headers;
	order.settings.header_count = sizeof(headers) / sizeof(headers[0]);
	bench_case("request: build a POST, 4 headers", build, &order, REQUESTS);
	target_deinit(&order.target);
	return 0;
}
