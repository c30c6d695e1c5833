/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Runs a fuzz target once over each of the given files and folders: main() for builds without a fuzzing
 * engine. */
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

#include "fuzz.h"

static unsigned long runs;

static void replay_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *bytes = NULL;
	long size = -1;

	if (file && !fseek(file, 0, SEEK_END))
		size = ftell(file);
	if (size >= 0) {
		rewind(file);
		bytes = malloc(size ? (size_t)size : 1);
	}
	if (!bytes || fread(bytes, 1, (size_t)size, file) != (size_t)size) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		exit(1);
	}
	LLVMFuzzerTestOneInput(bytes, (size_t)size);
	free(bytes);
	fclose(file);
	runs++;
}

static void replay(const char *path)
{
	struct dirent *entry;
	struct stat status;
	DIR *folder;

	if (stat(path, &status) || !S_ISDIR(status.st_mode)) {
		replay_file(path);
		return;
	}
	folder = opendir(path);
	if (!folder) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		exit(1);
	}
	while ((entry = readdir(folder))) {
		char name[4096];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		replay_file(name);
	}
	closedir(folder);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	printf("%lu inputs\n", runs);
	return runs ? 0 : 1;
}
