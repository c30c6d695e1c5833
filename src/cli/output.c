/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int output_failed(const struct output *output, const char *what, struct vastar_error *err)
{
	return err_set(err, VASTAR_E_SYSTEM, "%s %.200s: cannot be %s: %s (check the path)", output->option,
		       output->path, what, strerror(errno));
}

static int open_beside(struct output *output, struct vastar_error *err)
{
	int fd;

	if (asprintf(&output->temporary, "%s.XXXXXX", output->path) < 0) {
		output->temporary = NULL;
		return err_nomem(err, output->option);
	}
	fd = mkostemp(output->temporary, O_CLOEXEC);
	if (fd < 0)
		return output_failed(output, "written", err);
	fchmod(fd, 0644);
	output->file = fdopen(fd, "w");
	if (output->file)
		return 0;
	close(fd);
	unlink(output->temporary);
	return err_nomem(err, output->option);
}

int output_open(struct output *output, const char *option, const char *path, struct vastar_error *err)
{
	struct stat there;

	*output = (struct output){.option = option, .path = path};
	if (!path)
		return 0;
	if (!stat(path, &there) && S_ISDIR(there.st_mode)) {
		errno = EISDIR;
		return output_failed(output, "written", err);
	}
	/* A rename would take the place of /dev/null. */
	if (!stat(path, &there) && !S_ISREG(there.st_mode)) {
		output->file = fopen(path, "we");
		return output->file ? 0 : output_failed(output, "written", err);
	}
	return open_beside(output, err);
}

int output_finish(struct output *output, int rc, struct vastar_error *err)
{
	if (!output->file)
		return rc;
	if (fclose(output->file) && !rc)
		rc = output_failed(output, "written", err);
	output->file = NULL;
	if (!rc && output->temporary && rename(output->temporary, output->path))
		rc = output_failed(output, "renamed", err);
	if (rc && output->temporary)
		unlink(output->temporary);
	return rc;
}

void output_drop(struct output *output)
{
	if (output->file)
		fclose(output->file);
	if (output->file && output->temporary)
		unlink(output->temporary);
	free(output->temporary);
	*output = (struct output){0};
}
