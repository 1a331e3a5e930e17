// SPDX-License-Identifier: GPL-2.0-only
/*
 * The live view of what comes from outside: open files, and requests in flight with
 * their age.
 *
 * Both are lists that spinlocks guard and that grow with what programs do. So they are
 * copied, at most VIEWS_MAX of them, and printed when no lock is held; a line more=<n>
 * counts the rest. Who made a request is the task that opened its file, which may have
 * given the file to others.
 *
 * The caller holds off unbind: so the Modules that a request names are there.
 */
#include <linux/device.h>
#include <linux/jiffies.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "internal.h"

/* So many are shown. */
#define VIEWS_MAX	256

/* More requests of a file are not counted: it is done with interrupts disabled. */
#define COUNTED_MAX	1000

/* -- Open files ------------------------------------------------------------------ */

struct file_view {
	unsigned int number;
	pid_t opener;
	char opener_name[TASK_COMM_LEN];
	char stream[DMF_STREAM_NAME_SIZE];
	unsigned int requests;
	unsigned int pended;
	bool by_administrator;
};

static void file_view_count(struct file_view *view, struct dmf_flight *flight)
{
	const struct dmf_request *request;

	view->requests = 0;
	view->pended = 0;
	spin_lock(&flight->lock);
	list_for_each_entry(request, &flight->requests, in_flight) {
		view->pended += request->returned;
		if (++view->requests == COUNTED_MAX)
			break;
	}
	spin_unlock(&flight->lock);
}

static void file_view_fill(struct file_view *view, struct dmf_file *file)
{
	/* Belongs to the device, which is there. */
	const struct dmf_stream *stream = READ_ONCE(file->stream);

	view->number = file->number;
	view->opener = file->opener;
	memcpy(view->opener_name, file->opener_name, sizeof(view->opener_name));
	strscpy(view->stream, stream ? stream->name : "", sizeof(view->stream));
	view->by_administrator = file->by_administrator;
	file_view_count(view, &file->flight);
}

/* Return: how many files there are, of which at most VIEWS_MAX are copied. */
static unsigned int files_copy(struct dmf_device *ddev, struct file_view *views)
{
	struct dmf_file *file;
	unsigned int count = 0;

	spin_lock_irq(&ddev->files_lock);
	list_for_each_entry(file, &ddev->files, node) {
		if (count < VIEWS_MAX)
			file_view_fill(&views[count], file);
		count++;
	}
	spin_unlock_irq(&ddev->files_lock);
	return count;
}

static void show_text(struct seq_file *seq, const char *key, const char *text)
{
	seq_printf(seq, " %s=", key);
	dmf_text_show(seq, text);
}

static void show_rest(struct seq_file *seq, unsigned int count)
{
	if (count > VIEWS_MAX)
		seq_printf(seq, "more=%u\n", count - VIEWS_MAX);
}

/* A line for each open file of a device. Return: 0 or -ENOMEM. */
int dmf_files_show(struct dmf_device *ddev, struct seq_file *seq)
{
	struct file_view *views = kvmalloc_array(VIEWS_MAX, sizeof(*views), GFP_KERNEL);
	const struct file_view *view;
	unsigned int count;

	if (!views)
		return -ENOMEM;
	count = files_copy(ddev, views);
	for (view = views; view < views + min_t(unsigned int, count, VIEWS_MAX); view++) {
		seq_printf(seq, "file=%u pid=%d", view->number, view->opener);
		show_text(seq, "comm", view->opener_name);
		show_text(seq, "stream", view->stream);
		seq_printf(seq, " requests=%u pended=%u administrator=%d\n", view->requests,
			   view->pended, view->by_administrator);
	}
	show_rest(seq, count);
	kvfree(views);
	return 0;
}

/* -- Requests -------------------------------------------------------------------- */

struct request_view {
	unsigned int file;		/* its number; 0: of another driver */
	pid_t opener;			/* of the file */
	enum dmf_request_type type;
	unsigned int command;
	const char *handler;		/* name of a Module: while the device is bound */
	size_t input_size;
	size_t output_size;
	unsigned long created;
	bool pended;
	bool cancelled;
};

struct request_views {
	struct request_view *list;
	unsigned int count;		/* of all that there are, or were seen */
};

static const char *request_handler(const struct dmf_request *request)
{
	const struct dmf_module *handler = READ_ONCE(request->handler);

	return handler ? handler->name : "";
}

static void request_view_fill(struct request_view *view, const struct dmf_request *request)
{
	const struct dmf_file *file = request->flight->file;

	view->file = file ? file->number : 0;
	view->opener = file ? file->opener : 0;
	view->type = request->type;
	view->command = request->command;
	view->handler = request_handler(request);
	view->input_size = request->input_size;
	view->output_size = request->output_size;
	view->created = request->created;
	view->pended = request->returned;
	view->cancelled = READ_ONCE(request->cancelled);
}

static void flight_copy(struct request_views *views, struct dmf_flight *flight)
{
	const struct dmf_request *request;
	unsigned int seen = 0;

	lockdep_assert_held(&flight->lock);
	list_for_each_entry(request, &flight->requests, in_flight) {
		if (views->count < VIEWS_MAX)
			request_view_fill(&views->list[views->count], request);
		views->count++;
		if (++seen == COUNTED_MAX)
			break;
	}
}

static void requests_copy(struct dmf_device *ddev, struct request_views *views)
{
	struct dmf_file *file;

	spin_lock_irq(&ddev->files_lock);
	list_for_each_entry(file, &ddev->files, node) {
		spin_lock(&file->flight.lock);
		flight_copy(views, &file->flight);
		spin_unlock(&file->flight.lock);
	}
	spin_unlock_irq(&ddev->files_lock);

	spin_lock_irq(&ddev->internal.lock);
	flight_copy(views, &ddev->internal);
	spin_unlock_irq(&ddev->internal.lock);
}

static void request_show(struct seq_file *seq, const struct request_view *view)
{
	seq_printf(seq, "file=%u pid=%d type=%s command=%#x", view->file, view->opener,
		   dmf_request_type_name(view->type), view->command);
	show_text(seq, "module", view->handler);
	/* A daemon's may be older than 32 bits of milliseconds. */
	seq_printf(seq, " age_ms=%llu input=%zu output=%zu pended=%d cancelled=%d\n",
		   div_u64((u64)(jiffies - view->created) * MSEC_PER_SEC, HZ),
		   view->input_size, view->output_size, view->pended, view->cancelled);
}

/*
 * A line for each request in flight that was made at a device, by its files and by other
 * drivers. Return: 0 or -ENOMEM.
 */
int dmf_requests_show(struct dmf_device *ddev, struct seq_file *seq)
{
	struct request_views views = { };
	unsigned int i;

	views.list = kvmalloc_array(VIEWS_MAX, sizeof(*views.list), GFP_KERNEL);
	if (!views.list)
		return -ENOMEM;
	requests_copy(ddev, &views);
	for (i = 0; i < min_t(unsigned int, views.count, VIEWS_MAX); i++)
		request_show(seq, &views.list[i]);
	show_rest(seq, views.count);
	kvfree(views.list);
	return 0;
}
