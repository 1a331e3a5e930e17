// SPDX-License-Identifier: GPL-2.0-only
/*
 * dmfctl crash decode: the records of drivers that a panic has left in a log, or that a
 * memory dump has.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "crash.h"

void *crash_grow(void *array, size_t *room, size_t wanted, size_t size)
{
	size_t more = *room ? *room : 16;

	if (wanted <= *room)
		return array;
	while (more < wanted)
		more *= 2;
	array = reallocarray(array, more, size);
	if (!array) {
		complain("%s", strerror(ENOMEM));
		exit(EXIT_ERROR);
	}
	*room = more;
	return array;
}

void crash_dump_add(struct crash_dump *dump, const struct crash_record *record,
		    const void *data)
{
	struct crash_record *copy;

	dump->records = crash_grow(dump->records, &dump->room, dump->count + 1,
				   sizeof(*dump->records));
	dump->data = crash_grow(dump->data, &dump->data_room,
				dump->data_size + record->size, 1);
	copy = &dump->records[dump->count++];
	*copy = *record;
	copy->offset = dump->data_size;
	if (record->size)
		memcpy(dump->data + copy->offset, data, record->size);
	dump->data_size += record->size;
}

void crash_dump_free(struct crash_dump *dump)
{
	free(dump->records);
	free(dump->data);
	*dump = (struct crash_dump) { };
}

/* Returns the number of dumps found in memory, -1 on failure; of a log none yet. */
static int read_file(struct crash_log *log, const char *name, const uint64_t *address)
{
	int fd = strcmp(name, "-") ? open(name, O_RDONLY | O_CLOEXEC) : dup(0);
	FILE *file;
	int found;

	if (fd < 0) {
		complain("%s: %s", name, strerror(errno));
		return -1;
	}
	if (crash_memory_is(fd)) {
		found = crash_memory_decode(fd, address, crash_show);
		close(fd);
		return found;
	}
	file = fdopen(fd, "r");
	if (!file) {
		complain("%s: %s", name, strerror(errno));
		close(fd);
		return -1;
	}
	crash_log_read(log, file);
	found = ferror(file) ? -1 : 0;
	if (found)
		complain("%s: %s", name, strerror(errno));
	fclose(file);
	return found;
}

static uint64_t parse_address(const char *text)
{
	unsigned long long address;
	char *end;

	errno = 0;
	address = strtoull(text, &end, 16);
	if (errno || end == text || *end || *text == '-')
		usage_error("--address is a physical address in hexadecimal: %s", text);
	return address;
}

static int crash_run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "address", required_argument, NULL, 'a' },
		{ }
	};
	struct crash_log *log;
	uint64_t address = 0;
	bool failed = false;
	int option, one;
	size_t found = 0;
	bool with_address = false;

	while ((option = command_option(argc, argv, NULL, options)) != -1) {
		if (option == 'a') {
			address = parse_address(optarg);
			with_address = true;
		}
	}
	if (optind == argc || strcmp(argv[optind], "decode"))
		usage_error("what to do? Only decode is known");
	if (++optind == argc)
		usage_error("which file?");

	log = crash_log_new();
	for (; optind < argc; optind++) {
		one = read_file(log, argv[optind], with_address ? &address : NULL);
		failed |= one < 0;
		found += one > 0 ? one : 0;
	}
	found += crash_log_decode(log, crash_show);
	if (crash_log_damaged(log))
		complain("damaged lines, which were left out: %zu", crash_log_damaged(log));
	crash_log_free(log);
	if (!found && !failed)
		complain("no record of a driver in there");
	return found && !failed ? EXIT_DONE : EXIT_ERROR;
}

const struct dmfctl_command crash_command = {
	.name = "crash",
	.usage = "decode FILE...",
	.help = "show what drivers have recorded before the kernel panicked",
	.options =
"  FILE           a log, such as /sys/fs/pstore/dmesg-ramoops-0, several of which\n"
"                 may be parts of one; - for the standard input; or a memory\n"
"                 dump as an ELF file, such as /proc/vmcore\n"
"  --address=X    look into a memory dump at this physical address alone, in\n"
"                 hexadecimal\n",
	.run = crash_run,
};
