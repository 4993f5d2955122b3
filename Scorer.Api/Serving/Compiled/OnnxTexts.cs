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
    private readonly byte[][] _latest = new byte[Few][];

    public static OnnxTexts None { get; } = new(default);

    public int Count { get; private set; }

    public string this[int index] => _different[Words[index]];

    /// <summary>The different texts.</summary>
    public IReadOnlyList<string> Different => _different;

    /// <summary>Which of <see cref="Different"/> each text is.</summary>
    public ReadOnlySpan<int> Words => words.AsSpan()[..Count];

    /// <summary>Reads a run of texts.</summary>
    public void Add(ref WireReader reader)
    {
        var room = words.AsSpan();
        do
        {
            LoadThread.Breathe(Count);
            room[Count++] = WordOf(reader.Bytes());
        }
        while (reader.NextIsSame());
    }

    private int WordOf(ReadOnlySpan<byte> utf8)
    {
        var word = Math.Max(0, _different.Count - Few);
        while (word < _different.Count && !utf8.SequenceEqual(_latest[word % Few]))
        {
            word++;
        }

        if (word == _different.Count)
        {
            _latest[word % Few] = utf8.ToArray();
            _different.Add(Encoding.UTF8.GetString(utf8));
        }

        return word;
    }
}
