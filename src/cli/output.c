/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/num.h"

/* For a signal handler, which may run between any two instructions here. */
static struct output *volatile with_temporary;

static int failed(const struct output *output, int why, struct vastar_error *err)
{
	return err_set(err, VASTAR_E_SYSTEM, "%s %.200s: cannot be written: %s (check the path)",
		       output->option, output->path, strerror(why));
}

/* The permissions that open() would give a new file. Call it before there are threads. */
static mode_t usual_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

/* The descriptor that a path such as /dev/fd/3 names, which is written to directly; -1: a file. */
static int named_descriptor(const char *path)
{
	uint64_t number;

	if (!strcmp(path, "/dev/stdout"))
		return STDOUT_FILENO;
	if (!strcmp(path, "/dev/stderr"))
		return STDERR_FILENO;
	if (strncmp(path, "/dev/fd/", strlen("/dev/fd/")) || !num_count(path + strlen("/dev/fd/"), &number) ||
	    number > INT_MAX)
		return -1;
	return (int)number;
}

/* Opens the temporary file, or the device itself. Returns the descriptor, or -1 with errno. */
static int open_target(struct output *output)
{
	struct stat old;
	bool exists = !stat(output->target, &old);
	int fd = named_descriptor(output->path);

	if (fd >= 0)
		return fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (exists && S_ISDIR(old.st_mode)) {
		errno = EISDIR;
		return -1;
	}
	/* A user who cannot write to a file must not replace it. */
	if (exists && access(output->target, W_OK))
		return -1;
	if (exists && !S_ISREG(old.st_mode))
		return open(output->target, O_WRONLY | O_CLOEXEC);
	if (asprintf(&output->temporary, "%s.XXXXXX", output->target) < 0) {
		output->temporary = NULL;
		return -1;
	}
	fd = mkostemp(output->temporary, O_CLOEXEC);
	if (fd < 0)
		return -1;
	output->next = with_temporary;
	with_temporary = output;
	(void)fchmod(fd, exists ? old.st_mode & 0777 : usual_mode());
	return fd;
}

void output_abandon_all(void)
{
	for (struct output *output = with_temporary; output; output = output->next)
		unlink(output->temporary);
}

/* The temporary file was removed, or has its final name. */
static void forget_temporary(struct output *output)
{
	if (with_temporary == output)
		with_temporary = output->next;
	for (struct output *other = with_temporary; other; other = other->next)
		if (other->next == output)
			other->next = output->next;
	free(output->temporary);
	output->temporary = NULL;
}

int output_open(struct output *output, const char *option, const char *path, struct vastar_error *err)
{
	int fd, why;

	*output = (struct output){.option = option, .path = path};
	if (!path)
		return 0;
	output->target = realpath(path, NULL);
	if (!output->target)
		output->target = strdup(path); /* does not exist yet */
	fd = output->target ? open_target(output) : -1;
	output->file = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (output->file)
		return 0;
	why = errno;
	if (fd >= 0 && output->temporary)
		unlink(output->temporary);
	if (fd >= 0)
		close(fd);
	output_drop(output);
	return failed(output, why, err);
}

int output_keep(struct output *output, struct vastar_error *err)
{
	int rc = 0;

	if (!output->file)
		return 0;
	if (fclose(output->file))
		rc = failed(output, errno, err);
	output->file = NULL;
	if (!rc && output->temporary && rename(output->temporary, output->target))
		rc = failed(output, errno, err);
	if (rc && output->temporary)
		unlink(output->temporary);
	forget_temporary(output);
	return rc;
}

void output_drop(struct output *output)
{
	if (output->file) {
		fclose(output->file);
		if (output->temporary)
			unlink(output->temporary);
	}
	forget_temporary(output);
	free(output->target);
	output->file = NULL;
	output->target = NULL;
}
