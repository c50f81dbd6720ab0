package process

import (
	"os"
	"strings"
	"unsafe"
)

// OwnArguments gives [os.Args] a memory of its own, and returns a function that replaces
// the command line where others see it: ps(1), and journald, which adds it to each entry
// of this process. What is longer is cut.
func OwnArguments() (show func(words []string)) {
	seen := os.Args
	os.Args = make([]string, len(seen))
	for i, word := range seen {
		os.Args[i] = strings.Clone(word)
	}
	return func(words []string) {
		memory := memoryOf(seen)
		clear(memory[copy(memory, strings.Join(words, "\x00")):])
	}
}

// memoryOf is the memory that execve(2) has filled with words, which may be written to.
// It is nil if the words are elsewhere: they do not follow each other.
func memoryOf(words []string) []byte {
	size := 0
	for i, word := range words {
		if unsafe.Pointer(unsafe.StringData(word)) != unsafe.Add(unsafe.Pointer(unsafe.StringData(words[0])), size) {
			return nil
		}
		if size += len(word); i+1 < len(words) {
			size++ // the NUL between two words
		}
	}
	if len(words) < 2 {
		return nil // nothing shows where the word is
	}
	return unsafe.Slice(unsafe.StringData(words[0]), size)
}
