# fish completion for gorun(1)
#
# "gorun --complete" knows what can be typed. This is how fish shows it.

function __fish_gorun_complete
    set -l words (commandline -opc)
    set -l gorun $words[1]
    set -e words[1]
    set -l typed (commandline -ct)
    set -l out ($gorun --complete $words "$typed" 2>/dev/null)
    set -l before (string replace -r '^:\S+ ' '' -- "$out[1]")
    switch "$out[1]"
        case ':command *'
            set -l line
            for word in $words[(math $before + 1)..-1]
                set -a line (string escape -- $word)
            end
            complete -C (string join ' ' -- $line "$typed")
        case ':files *'
            printf '%s\n' $before(__fish_complete_path (__fish_gorun_after $before $typed))
        case ':directories *'
            printf '%s\n' $before(__fish_complete_directories (__fish_gorun_after $before $typed))
        case ':users *'
            printf '%s\n' $before(__fish_complete_users)
        case ':groups *'
            printf '%s\n' $before(__fish_complete_groups)
        case ':variables *'
            printf '%s\n' $before(set -nx)
        case '*'
            printf '%s\n' $out
    end
end

# The part of a word after another one.
function __fish_gorun_after
    string sub -s (math (string length -- "$argv[1]") + 1) -- "$argv[2]"
end

complete -c gorun -f -a '(__fish_gorun_complete)'
