package report

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"gorun/internal/safefile"
)

// numberFile has the number of a directory's newest record.
const numberFile = ".number"

// takeNumber returns the number of a directory's next record. If it had to list the records, it
// returns them too: each sweepEach records, and where the last number is not known.
func takeNumber(dir *safefile.Dir, path string) (number uint64, list []kept) {
	f, err := dir.OpenLock(numberFile)
	if err == nil {
		defer f.Close()
		unix.Flock(int(f.Fd()), unix.LOCK_EX) // without it, two records may get one number
		number = readNumber(f)
	}
	number++
	if number%sweepEach == 1 {
		list = keptIn(dir, path)
		for _, k := range list {
			number = max(number, k.number+1)
		}
	}
	if f != nil {
		f.WriteAt(fmt.Appendf(nil, "%016d\n", number), 0) // else the next record is counted anew
	}
	return number, list
}

// readNumber reads the number of the newest record, 0 if that is not known.
func readNumber(f *os.File) uint64 {
	text, err := io.ReadAll(io.LimitReader(f, 32))
	if err != nil {
		return 0
	}
	number, _ := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
	return number
}
