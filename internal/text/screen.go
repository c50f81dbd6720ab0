package text

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// Screen is what is known of where a table is printed.
type Screen struct {
	Width int  // of lines; 0 if there is no bound
	Bold  bool // headings may be bold
}

// ScreenOf looks at where a table is printed. What is no terminal gets whole lines without
// control sequences. A terminal gets none if NO_COLOR is set (no-color.org) or TERM is dumb.
func ScreenOf(out io.Writer, getenv func(string) string) Screen {
	f, ok := out.(*os.File)
	if !ok {
		return Screen{}
	}
	size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return Screen{} // no terminal
	}
	s := Screen{Width: int(size.Col), Bold: getenv("NO_COLOR") == "" && getenv("TERM") != "dumb" && getenv("TERM") != ""}
	if s.Width == 0 {
		s.Width = 80 // a terminal that does not know
	}
	return s
}
