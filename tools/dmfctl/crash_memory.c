// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rings in a memory dump, an ELF core file whose segments have physical addresses:
 * /proc/vmcore, what makedumpfile -E, QEMU and virsh write, and /proc/kcore of a system
 * that runs. No symbols are needed, nor page tables: a ring begins a page, tells its own
 * physical address, and is contiguous. The file is read in pieces, however large it is.
 */
#include <elf.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands.h"
#include "crash.h"
#include "crc32.h"

/* Rings begin at multiples of the page size; this is the smallest. */
#define PAGE_STEP	4096

#define PIECE		(1024 * 1024)

/* More are not looked at. */
#define SEGMENTS_MAX	(1024 * 1024)
#define RINGS_MAX	1024
/* A ring that lies in more segments is none. */
#define PARTS_MAX	64

/* As in an ELF file of a 64-bit machine. */
struct elf_header {
	unsigned char ident[EI_NIDENT];
	uint16_t type;
	uint16_t machine;
	uint32_t version;
	uint64_t entry;
	uint64_t segments;		/* where they are in the file, as the next */
	uint64_t sections;
	uint32_t flags;
	uint16_t size;
	uint16_t segment_size;
	uint16_t segment_count;
	uint16_t section_size;
	uint16_t section_count;
	uint16_t section_names;
};

struct elf_segment {
	uint32_t type;
	uint32_t flags;
	uint64_t offset;
	uint64_t virtual_address;
	uint64_t physical_address;
	uint64_t file_size;
	uint64_t memory_size;
	uint64_t alignment;
};

/* The first one tells the number of segments if that needs more than 16 bits. */
struct elf_section {
	uint32_t name;
	uint32_t type;
	uint64_t flags;
	uint64_t address;
	uint64_t offset;
	uint64_t size;
	uint32_t link;
	uint32_t info;
	uint64_t alignment;
	uint64_t entry_size;
};

struct segment {
	uint64_t address;
	uint64_t size;
	uint64_t offset;	/* in the file */
};

struct memory {
	int file;
	struct segment *segments;
	size_t count;
	size_t room;
	uint64_t *rings;	/* addresses of those that were told */
	size_t ring_count;
	size_t ring_room;
	crash_found_fn *found;
};

/* -- The file --------------------------------------------------------------------- */

/* Returns how much could be read, up to the first thing that could not. */
static size_t read_at(int file, void *buffer, size_t size, uint64_t offset)
{
	size_t done = 0;
	ssize_t got;

	while (done < size && offset <= INT64_MAX - size) {
		got = pread(file, (char *)buffer + done, size - done, offset + done);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		done += got;
	}
	return done;
}

bool crash_memory_is(int file)
{
	char magic[16] = "";

	read_at(file, magic, sizeof(magic), 0);
	return !memcmp(magic, ELFMAG, SELFMAG) || !memcmp(magic, "KDUMP   ", 8) ||
	       !memcmp(magic, "makedumpfile", 12);
}

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define HOST_ORDER	ELFDATA2LSB
#else
#define HOST_ORDER	ELFDATA2MSB
#endif

/* Returns why the file cannot be read, or NULL. */
static const char *read_header(int file, struct elf_header *header, uint64_t *segments)
{
	struct elf_section section;

	if (read_at(file, header, sizeof(*header), 0) < SELFMAG ||
	    memcmp(header->ident, ELFMAG, SELFMAG))
		return "compressed by makedumpfile, which makes an ELF file with -E";
	if (header->ident[EI_CLASS] != ELFCLASS64 || header->type != ET_CORE)
		return "not a memory dump of a 64-bit machine";
	if (header->ident[EI_DATA] != HOST_ORDER)
		return "of a machine with another byte order";
	if (header->segment_size != sizeof(struct elf_segment))
		return "damaged";
	*segments = header->segment_count;
	if (header->segment_count == PN_XNUM) {
		if (read_at(file, &section, sizeof(section), header->sections) !=
		    sizeof(section))
			return "damaged";
		*segments = section.info;
	}
	return *segments > SEGMENTS_MAX ? "damaged" : NULL;
}

static int read_segments(struct memory *memory)
{
	uint64_t count, i;
	const char *fault;
	struct elf_header header = { };
	struct elf_segment program;

	fault = read_header(memory->file, &header, &count);
	if (fault) {
		complain("%s", fault);
		return -1;
	}
	for (i = 0; i < count; i++) {
		if (header.segments > INT64_MAX - SEGMENTS_MAX * sizeof(program) ||
		    read_at(memory->file, &program, sizeof(program),
			    header.segments + i * sizeof(program)) != sizeof(program))
			break;
		/* /proc/kcore has some without a physical address. */
		if (program.type != PT_LOAD || program.physical_address == UINT64_MAX ||
		    program.physical_address > UINT64_MAX - program.file_size)
			continue;
		memory->segments = crash_grow(memory->segments, &memory->room,
					      memory->count + 1, sizeof(struct segment));
		memory->segments[memory->count++] = (struct segment) {
			.address = program.physical_address,
			.size = program.file_size,
			.offset = program.offset,
		};
	}
	return 0;
}

/* Returns whether all of it could be read. */
static bool read_physical(const struct memory *memory, void *buffer, size_t size,
			  uint64_t address)
{
	const struct segment *segment;
	uint64_t skipped, part;
	size_t i, done = 0, parts = 0;

	if (address > UINT64_MAX - size)
		return false;
	for (i = 0; i < memory->count && done < size && parts < PARTS_MAX; i++) {
		segment = &memory->segments[i];
		if (address + done < segment->address ||
		    address + done - segment->address >= segment->size)
			continue;
		skipped = address + done - segment->address;
		part = segment->size - skipped;
		if (part > size - done)
			part = size - done;
		if (segment->offset > INT64_MAX - skipped ||
		    read_at(memory->file, (char *)buffer + done, part,
			    segment->offset + skipped) != part)
			continue;
		done += part;
		parts++;
		/* What follows may be in a segment that was passed. */
		i = SIZE_MAX;
	}
	return done == size;
}

/* -- Rings ------------------------------------------------------------------------ */

/* Whether it is a ring, at that address, whose numbers fit each other. */
static bool ring_is_good(const struct dmf_crash_ring *ring, uint64_t address)
{
	uint64_t slots, additional;

	if (memcmp(ring->magic, DMF_CRASH_RING_MAGIC, sizeof(ring->magic)) ||
	    ring->version != DMF_CRASH_VERSION || ring->address != address ||
	    ring->crc != crc32(ring, offsetof(struct dmf_crash_ring, crc)))
		return false;
	if (ring->size > DMF_CRASH_RING_SIZE_MAX || ring->header_size < sizeof(*ring) ||
	    ring->header_size > ring->size || !ring->slot_count)
		return false;
	if (ring->slot_size < sizeof(struct dmf_crash_record) ||
	    ring->record_size > ring->slot_size - sizeof(struct dmf_crash_record))
		return false;
	slots = (uint64_t)ring->slot_size * ring->slot_count;
	additional = ring->additional_size ? sizeof(struct dmf_crash_record) +
		     (uint64_t)ring->additional_size : 0;
	return slots <= ring->size && additional <= ring->size &&
	       ring->header_size + slots + additional <= ring->size;
}

static void add_slot(struct crash_dump *dump, const struct dmf_crash_record *slot,
		     uint32_t kind, uint32_t size_max, const unsigned char *data)
{
	struct crash_record record = {
		.number = slot->number,
		.time_ns = slot->time_ns,
		.size = slot->size,
		.kind = kind,
	};

	if (!slot->number)
		return;
	if (slot->number & DMF_CRASH_RECORD_BUSY || slot->size > size_max) {
		dump->broken++;
		return;
	}
	crash_dump_add(dump, &record, data);
}

static int compare_records(const void *left, const void *right)
{
	const struct crash_record *a = left, *b = right;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return 0;
}

static void copy_name(char *to, const __u8 *from, size_t size)
{
	size_t i;

	for (i = 0; i < size && i < CRASH_NAME_MAX - 1 && from[i]; i++)
		to[i] = from[i];
	to[i] = '\0';
}

static void decode_ring(const struct dmf_crash_ring *ring, const unsigned char *bytes,
			crash_found_fn *found)
{
	struct crash_dump dump = {
		.from_memory = true,
		.named = true,
		.whole = true,
		.key = ring->key,
		.address = ring->address,
		.created = ring->created,
		.last = ring->last,
		.dropped = ring->dropped,
	};
	const unsigned char *at = bytes + ring->header_size;
	struct dmf_crash_record slot;
	uint32_t i;

	copy_name(dump.component, ring->component, sizeof(ring->component));
	copy_name(dump.driver, ring->driver, sizeof(ring->driver));
	copy_name(dump.device, ring->device, sizeof(ring->device));
	for (i = 0; i < ring->slot_count; i++, at += ring->slot_size) {
		memcpy(&slot, at, sizeof(slot));
		add_slot(&dump, &slot, DMF_CRASH_RECORD_DATA, ring->record_size,
			 at + sizeof(slot));
	}
	if (ring->additional_size) {
		memcpy(&slot, at, sizeof(slot));
		add_slot(&dump, &slot, DMF_CRASH_RECORD_ADDITIONAL, ring->additional_size,
			 at + sizeof(slot));
	}
	if (dump.count)
		qsort(dump.records, dump.count, sizeof(*dump.records), compare_records);
	found(&dump);
	crash_dump_free(&dump);
}

/* If there is a ring at that address, tell it, once. */
static void look_at(struct memory *memory, uint64_t address)
{
	struct dmf_crash_ring ring;
	unsigned char *bytes;
	size_t i;

	for (i = 0; i < memory->ring_count; i++) {
		if (memory->rings[i] == address)
			return;
	}
	if (memory->ring_count == RINGS_MAX ||
	    !read_physical(memory, &ring, sizeof(ring), address) ||
	    !ring_is_good(&ring, address))
		return;

	bytes = malloc(ring.size);
	if (!bytes || !read_physical(memory, bytes, ring.size, address)) {
		complain("the ring at %#llx is there in part only",
			 (unsigned long long)address);
		free(bytes);
		return;
	}
	memory->rings = crash_grow(memory->rings, &memory->ring_room, memory->ring_count + 1,
				   sizeof(*memory->rings));
	memory->rings[memory->ring_count++] = address;
	decode_ring(&ring, bytes, memory->found);
	free(bytes);
}

static void search_segment(struct memory *memory, const struct segment *segment,
			   unsigned char *piece)
{
	/* To the first page that begins in it. */
	uint64_t done = -segment->address % PAGE_STEP;
	struct dmf_crash_ring ring;
	size_t wanted, got, at;

	while (done < segment->size && segment->offset <= INT64_MAX - done) {
		wanted = segment->size - done < PIECE ? segment->size - done : PIECE;
		got = read_at(memory->file, piece, wanted, segment->offset + done);
		for (at = 0; at + sizeof(ring) <= got; at += PAGE_STEP) {
			memcpy(&ring, piece + at, sizeof(ring));
			if (ring_is_good(&ring, segment->address + done + at))
				look_at(memory, ring.address);
		}
		if (got != wanted)
			break;
		done += wanted;
	}
}

int crash_memory_decode(int file, const uint64_t *address, crash_found_fn *found)
{
	struct memory memory = { .file = file, .found = found };
	unsigned char *piece;
	size_t i, room = 0;
	int count;

	if (read_segments(&memory) < 0)
		return -1;
	if (address) {
		look_at(&memory, *address);
	} else {
		piece = crash_grow(NULL, &room, PIECE, 1);
		for (i = 0; i < memory.count; i++)
			search_segment(&memory, &memory.segments[i], piece);
		free(piece);
	}
	count = memory.ring_count;
	free(memory.segments);
	free(memory.rings);
	return count;
}
