// SPDX-License-Identifier: GPL-2.0-only
/*
 * Readers: what an open file is to a stream whose files are independent of each
 * other, because the Module keeps for each which records it has not read.
 *
 * Each open file has a reader for each such stream of its device, whatever stream it
 * has selected: made with the file and freed with it, so that blocked callers, which
 * wait on it, may still hold on to it when the Module has gone. The Module is told
 * when its part is to be used and when no more: after file_create, and before
 * file_cleanup, which is when the file goes or at unbind, whichever comes first. Both
 * are inside file_gate, or unbind after it, so the Module is there, though it need
 * not be open.
 *
 * Whoever has a file finds its reader by the number of the stream, so there is no
 * table in which the address of a file could be mistaken for that of an older one.
 */
#include <linux/slab.h>

#include "internal.h"

/* The caller frees the file if this fails. */
int dmf_readers_alloc(struct dmf_file *file)
{
	struct dmf_stream *stream;
	struct dmf_reader *reader;

	list_for_each_entry(stream, &file->ddev->streams, node) {
		if (!dmf_stream_has_readers(stream))
			continue;
		reader = kzalloc(struct_size(reader, data, stream->reader_size),
				 GFP_KERNEL_ACCOUNT);
		if (!reader)
			return -ENOMEM;
		reader->stream = stream;
		INIT_LIST_HEAD(&reader->entry);
		init_waitqueue_head(&reader->blocked);
		mutex_init(&reader->turn.lock);
		file->readers[stream->number] = reader;
	}
	return 0;
}

/* No reader is known to its stream or to its Module. */
void dmf_readers_free(struct dmf_file *file)
{
	unsigned int i;

	for (i = 0; i < file->ddev->stream_numbers; i++) {
		if (file->readers[i])
			mutex_destroy(&file->readers[i]->turn.lock);
		kfree(file->readers[i]);
	}
}

/* Wake-ups end; the reader may have been told of to the Module or not. */
void dmf_readers_unlink(struct dmf_file *file)
{
	struct dmf_reader *reader;
	unsigned int i;

	for (i = 0; i < file->ddev->stream_numbers; i++) {
		reader = file->readers[i];
		if (!reader)
			continue;
		spin_lock_irq(&reader->stream->lock);
		list_del_init(&reader->entry);
		spin_unlock_irq(&reader->stream->lock);
	}
}

static int reader_add(struct dmf_file *file, struct dmf_reader *reader)
{
	struct dmf_stream *stream = reader->stream;
	int ret;

	ret = stream->ops->reader_add(stream->module, file, reader->data);
	if (ret)
		return ret;

	reader->added = true;
	spin_lock_irq(&stream->lock);
	list_add_tail(&reader->entry, &stream->readers);
	spin_unlock_irq(&stream->lock);
	return 0;
}

/* Tell the Modules that a file was opened: all of them, or none. The caller is inside file_gate. */
int dmf_readers_add(struct dmf_file *file)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < file->ddev->stream_numbers && !ret; i++) {
		if (file->readers[i])
			ret = reader_add(file, file->readers[i]);
	}
	if (ret) {
		dmf_readers_unlink(file);
		dmf_readers_remove(file);
	}
	return ret;
}

/* Tell the Modules that the file goes, once. Inside file_gate, or unbind after it. */
void dmf_readers_remove(struct dmf_file *file)
{
	struct dmf_reader *reader;
	unsigned int i = file->ddev->stream_numbers;

	while (i--) {
		reader = file->readers[i];
		if (!reader || !reader->added)
			continue;
		reader->added = false;
		reader->stream->ops->reader_remove(reader->stream->module, file, reader->data);
	}
}

/* Have those who are blocked on any file look why they wait. */
void dmf_readers_wake_all(struct dmf_stream *stream)
{
	struct dmf_reader *reader;
	unsigned long flags;

	spin_lock_irqsave(&stream->lock, flags);
	list_for_each_entry(reader, &stream->readers, entry)
		wake_up_all(&reader->blocked);
	spin_unlock_irqrestore(&stream->lock, flags);
}

/**
 * dmf_module_reader - what a Module keeps for an open file
 * @module: a Module whose stream has readers
 * @file: an open file
 *
 * Context: any; from &struct dmf_stream_ops.reader_add to reader_remove, or while
 * the caller has a request that came by @file.
 * Return: the memory of the file's reader; NULL if @file is not one of the Module's
 * device, or the Module has no such stream.
 */
void *dmf_module_reader(const struct dmf_module *module, const struct dmf_file *file)
{
	const struct dmf_stream *stream = module->stream;

	if (!stream || file->ddev != module->ddev || !dmf_stream_has_readers(stream))
		return NULL;
	return file->readers[stream->number]->data;
}
EXPORT_SYMBOL_NS_GPL(dmf_module_reader, DMF);
