// SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR MIT
/* wait-libdmf DEVICE: events in batches, until SIGINT or SIGTERM. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>

#include <libdmf.h>

static struct dmf_file *file;

static void stop(int number)
{
	(void)number;
	dmf_cancel(file);
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = stop };
	const struct dmf_event *event;

	file = dmf_open(argc > 1 ? argv[1] : "", O_RDONLY);
	if (!file) {
		perror("dmf_open");
		return 1;
	}
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);

	while (dmf_fetch(file, 0, DMF_WAIT_FOREVER) > 0) {
		while ((event = dmf_take(file))) {
			if (dmf_lost(file))
				printf("lost %llu\n",
				       (unsigned long long)dmf_lost(file));
			/* The data are at dmf_event_data(event). */
			printf("#%llu, type %u, %u bytes\n",
			       (unsigned long long)event->sequence, event->type,
			       event->data_size);
		}
		fflush(stdout);
	}
	if (errno == ECANCELED)
		return 0;
	perror("dmf_fetch");
	return 1;
}
