package manage

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"gorun/internal/text"
)

// logPrinter prints lines of output.
type logPrinter struct {
	out     io.Writer
	raw     bool
	entries int
	parts   map[string]string // of lines that journald has split, by stream
	err     error             // of the first write that failed
}

// copy prints a file or a pipe, a character at a time: a line may be as long as the file.
// What has come through a pipe is printed before the next read.
func (p *logPrinter) copy(file io.Reader) error {
	if p.raw {
		_, err := io.Copy(p.out, file)
		return err
	}
	in, out := bufio.NewReader(file), bufio.NewWriter(p.out)
	last := '\n'
	for {
		if ready, _ := in.Peek(in.Buffered()); !utf8.FullRune(ready) {
			if err := out.Flush(); err != nil {
				return err
			}
		}
		r, size, err := in.ReadRune()
		switch {
		case errors.Is(err, io.EOF):
			if last != '\n' {
				out.WriteByte('\n')
			}
			return out.Flush() // returns the error of any write before
		case err != nil:
			return errors.Join(err, out.Flush())
		case r == utf8.RuneError && size == 1:
			in.UnreadRune() // follows a ReadRune
			b, _ := in.ReadByte()
			out.WriteString(text.Printable(string([]byte{b})))
		default:
			out.WriteString(shown(string(r)))
		}
		last = r
	}
}

// entry prints an entry of the journal, as journalctl(1) does. journald splits long lines
// (LineMax in journald.conf(5)): the parts are one line here.
func (p *logPrinter) entry(e map[string]string) (more bool) {
	stream := e["_STREAM_ID"]
	message := p.parts[stream] + e["MESSAGE"]
	delete(p.parts, stream)
	if e["_LINE_BREAK"] == "line-max" {
		p.parts[stream] = message
		return true
	}
	p.entries++
	p.write(p.line(e, message))
	return p.err == nil
}

// flush prints what has no end yet.
func (p *logPrinter) flush() {
	for _, stream := range slices.Sorted(maps.Keys(p.parts)) {
		p.entries++
		p.write(shown(p.parts[stream]))
	}
}

// line is an entry with its time and sender in front:
//
//	Mar 04 05:06:07 backup.scope[4711]: done
func (p *logPrinter) line(e map[string]string, message string) string {
	usec, _ := strconv.ParseInt(e["__REALTIME_TIMESTAMP"], 10, 64) // journald writes it
	sender := e["SYSLOG_IDENTIFIER"]
	if sender == "" {
		sender = e["_COMM"]
	}
	line := time.UnixMicro(usec).Local().Format("Jan 02 15:04:05") + " " + text.Printable(sender)
	if pid := e["_PID"]; pid != "" {
		line += fmt.Sprintf("[%s]", pid)
	}
	if p.raw {
		return line + ": " + message
	}
	return line + ": " + shown(message)
}

func (p *logPrinter) write(line string) {
	if p.err == nil {
		_, p.err = io.WriteString(p.out, line+"\n")
	}
}

// shown is a text that a terminal shows as it is. Tabs and line breaks stay.
func shown(s string) string {
	var lines []string
	for line := range strings.SplitSeq(s, "\n") {
		var cells []string
		for cell := range strings.SplitSeq(line, "\t") {
			cells = append(cells, text.Printable(cell))
		}
		lines = append(lines, strings.Join(cells, "\t"))
	}
	return strings.Join(lines, "\n")
}
