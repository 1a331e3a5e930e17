// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "clock.h"
#include "harness.h"
#include "node.h"
#include "system.h"

#define DRIVER	"/sys/bus/pci/drivers/" CLIENT
#define DEVICES	"/sys/bus/pci/devices/"

int file_read(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t ret;

	text[0] = '\0';
	if (fd < 0)
		return -errno;
	do {
		ret = read(fd, text + used, size - 1 - used);
		if (ret > 0)
			used += ret;
	} while (ret > 0);
	if (ret < 0)
		ret = -errno;
	close(fd);
	text[used] = '\0';
	return ret < 0 ? ret : (int)used;
}

int file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

bool file_is(const char *path, const char *text)
{
	char content[256];

	if (file_read(path, content, sizeof(content)) < 0)
		return false;
	content[strcspn(content, "\n")] = '\0';
	return !strcmp(content, text);
}

void mount_once(const char *type, const char *path)
{
	if (mount(type, path, type, 0, NULL) && errno != EBUSY)
		test_note("cannot mount %s: %s", type, strerror(errno));
}

static bool is_edu(const char *folder)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/vendor", folder);
	if (!file_is(path, "0x1234"))
		return false;
	snprintf(path, sizeof(path), "%s/device", folder);
	return file_is(path, "0x11e8");
}

const char *edu_address(void)
{
	static char address[32];
	glob_t folders;
	size_t i;

	if (address[0])
		return address;

	if (!glob(DEVICES "*", 0, NULL, &folders)) {
		for (i = 0; i < folders.gl_pathc && !address[0]; i++)
			if (is_edu(folders.gl_pathv[i]))
				snprintf(address, sizeof(address), "%s",
					 folders.gl_pathv[i] + strlen(DEVICES));
		globfree(&folders);
	}
	if (!address[0])
		test_note("there is no edu device on the PCI bus");
	REQUIRE(address[0]);
	return address;
}

const char *edu_attribute(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), DEVICES "%s/%s", edu_address(), name);
	return path;
}

bool edu_is_bound(void)
{
	return !access(edu_attribute("driver"), F_OK);
}

int edu_bind(void)
{
	return file_write(DRIVER "/bind", edu_address());
}

int edu_unbind(void)
{
	return file_write(DRIVER "/unbind", edu_address());
}

bool node_exists(void)
{
	return !access(NODE, F_OK);
}

bool module_is_loaded(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/module/%s", name);
	return !access(path, F_OK);
}

int module_load(const char *name)
{
	const char *folder = getenv("DMF_KO") ?: "/dmf/ko";
	char path[512];
	int ret = 0;
	int fd;

	snprintf(path, sizeof(path), "%s/%s.ko", folder, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (syscall(SYS_finit_module, fd, "", 0))
		ret = -errno;
	close(fd);
	return ret;
}

int module_unload(const char *name)
{
	return syscall(SYS_delete_module, name, O_NONBLOCK) ? -errno : 0;
}

int module_unload_soon(const char *name)
{
	__u64 end = now_ns() + PATIENCE;
	int ret;

	/* The files of a ring go a while after the process that had it. */
	do {
		ret = module_unload(name);
	} while (ret == -EWOULDBLOCK && nap_until(end));
	return ret;
}

void system_setup(void)
{
	/* What some suites load, and leave if a case fails. */
	static const char *const of_suites[] = {
		EXERCISER, EXERCISER_DEVICE, SAMPLE, SAMPLE_DEVICE, FILTER,
	};
	__u64 end = now_ns() + PATIENCE;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(of_suites); i++)
		if (module_is_loaded(of_suites[i]))
			REQUIRE(!module_unload_soon(of_suites[i]));
	if (!module_is_loaded(CORE))
		REQUIRE(!module_load(CORE));
	if (!module_is_loaded(CLIENT))
		REQUIRE(!module_load(CLIENT));
	if (!edu_is_bound())
		REQUIRE(!edu_bind());
	if (!file_is(edu_attribute("power/control"), "on"))
		REQUIRE(!file_write(edu_attribute("power/control"), "on"));
	while (!node_exists() && nap_until(end))
		;
	REQUIRE(node_exists());
}
