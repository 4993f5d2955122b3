using System.Text;

namespace Analytics.Scorer.Api.Serving.Compiled;

/// <summary>
/// The texts of an attribute. Node modes are a few words over and over: one object for each would be most of what a load leaves to
/// the collector, and a long array of references is looked through at collections for as long as it lives.
/// </summary>
/// <param name="words">Room for as many texts as there are: which of the different ones each is.</param>
internal sealed class OnnxTexts(LoadArray<int> words)
{
    /// <summary>Words that are looked through for an equal one.</summary>
    private const int Few = 8;

    private readonly List<string> _different = [];

    public static OnnxTexts None { get; } = new(default);

    public int Count { get; private set; }

    public string this[int index] => _different[words[index]];

    public void Add(ReadOnlySpan<byte> utf8)
    {
        var word = Math.Max(0, _different.Count - Few);
        while (word < _different.Count && !(_different[word].Length == utf8.Length && Ascii.Equals(utf8, _different[word])))
        {
            word++;
        }

        if (word == _different.Count)
        {
            _different.Add(Encoding.UTF8.GetString(utf8));
        }

        words[Count++] = word;
    }
}
