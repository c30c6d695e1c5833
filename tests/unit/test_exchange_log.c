/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/exchange_log.h"

/* A socket bound to a free port: getsockname() returns the port as for a connected one. */
static int bound(uint16_t *portp)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, length), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
	*portp = ntohs(address.sin_port);
	return fd;
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0 || errno != EBADF;
}

static struct exchange_log opened(struct request_log *records, struct budget *budget)
{
	struct exchange_log log;

	assert_non_null(records);
	assert_true(exchange_log_init(&log, records, budget, 2));
	return log;
}

static void a_descriptor_is_kept_until_the_port_is_known(void **state)
{
	struct budget budget = {.left = 10, .workers = 1};
	struct request_log *records = request_log_new(10);
	struct exchange_log log = opened(records, &budget);
	struct request_record record = {.sent_ns = 1};
	uint16_t port;
	int fd = bound(&port);

	(void)state;
	exchange_log_opened(&log, 1, fd);
	assert_true(is_open(fd));
	exchange_log_connected(&log, 1, -1);
	assert_false(is_open(fd));
	assert_int_equal(exchange_log_sent(&log, 1), 1);
	assert_int_equal(exchange_log_sent(&log, 1), 2);
	assert_int_equal(exchange_log_latest(&log, 1), 2);
	exchange_log_add(&log, 1, &record);
	assert_int_equal(records->records[0].port, port);
	exchange_log_closed(&log, 1);
	assert_int_equal(exchange_log_latest(&log, 1), 0);
	exchange_log_add(&log, 1, &record);
	assert_int_equal(records->records[1].port, 0);
	exchange_log_deinit(&log);
	request_log_free(records);
}

static void a_descriptor_of_the_connection_itself_stays_open(void **state)
{
	struct budget budget = {.left = 10, .workers = 1};
	struct request_log *records = request_log_new(10);
	struct exchange_log log = opened(records, &budget);
	uint16_t port;
	int fd = bound(&port);

	(void)state;
	exchange_log_connected(&log, 0, fd);
	assert_int_equal(log.conns[0].port, port);
	exchange_log_closed(&log, 0);
	assert_true(is_open(fd));
	close(fd);
	exchange_log_deinit(&log);
	request_log_free(records);
}

static void descriptors_of_failed_attempts_are_closed(void **state)
{
	struct budget budget = {.left = 10, .workers = 1};
	struct request_log *records = request_log_new(10);
	struct exchange_log log = opened(records, &budget);
	uint16_t port;
	int first = bound(&port), second = bound(&port);

	(void)state;
	exchange_log_opened(&log, 0, first);
	exchange_log_closed(&log, 0);
	assert_false(is_open(first));
	exchange_log_opened(&log, 0, second);
	exchange_log_deinit(&log);
	assert_false(is_open(second));
	request_log_free(records);
}

static void two_workers_share_the_rows(void **state)
{
	struct budget budget = {.left = 100, .workers = 2};
	struct request_log *records[2] = {request_log_new(100), request_log_new(100)};
	struct exchange_log logs[2] = {opened(records[0], &budget), opened(records[1], &budget)};

	(void)state;
	for (unsigned i = 0; i < 150; i++)
		exchange_log_add(&logs[i % 3 == 0], 0, &(struct request_record){0});
	assert_in_range(records[0]->count + records[1]->count, 95, 100); /* some may remain in a share */
	assert_int_equal(records[0]->count + records[0]->lost, 100);
	assert_int_equal(records[1]->count + records[1]->lost, 50);
	for (unsigned i = 0; i < 2; i++) {
		exchange_log_deinit(&logs[i]);
		request_log_free(records[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_descriptor_is_kept_until_the_port_is_known),
	    cmocka_unit_test(a_descriptor_of_the_connection_itself_stays_open),
	    cmocka_unit_test(descriptors_of_failed_attempts_are_closed),
	    cmocka_unit_test(two_workers_share_the_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
