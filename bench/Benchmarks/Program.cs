using System.Text.Json;
using Analytics.Registry.Models;
using Analytics.Registry.Scoring;
using Analytics.Scorer.Api.Serving.Compiled;
using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Training;
(string file, string label)[] sets = [("iris","species"),("wine","cultivar"),("breast_cancer","diagnosis"),("digits","digit"),("penguins_raw","Species"),("soybean","Class"),("satellite","classes"),("letter","lettr"),("shuttle","Class")];
foreach (var (file,label) in sets) foreach (var algo in args.Length>0?args:["random-forest"]) {
  var dir = Directory.CreateTempSubdirectory().FullName;
  File.Copy($"/work/main/bench/data/{file}.csv", dir+"/data.csv");
  var job = new TrainingJob { Model="m", Dataset=file, DataFile="data.csv", Schema=new DatasetSchema(Label:label), Algorithm=algo };
  File.WriteAllText(dir+"/job.json", JsonSerializer.Serialize(job, new JsonSerializerOptions(JsonSerializerDefaults.Web)));
  var sw = System.Diagnostics.Stopwatch.StartNew();
  await AttemptCommand.RunAsync(dir, TextWriter.Null, default);
  var outcome = JsonSerializer.Deserialize<TrainingOutcome>(File.ReadAllText(dir+"/outcome.json"), new JsonSerializerOptions(JsonSerializerDefaults.Web))!;
  if (outcome.Error is { } e) { Console.WriteLine($"{file} {algo} ERROR {e}"); continue; }
  var t = outcome.Trained!;
  Console.Write($"{file,-14} {algo,-14} {sw.Elapsed.TotalSeconds:F2}s acc {t.Metrics["accuracy"]:F4} ll {t.Metrics["logLoss"]:F4} {new FileInfo(dir+"/model.onnx").Length/1024} KB ");
  var bytes = File.ReadAllBytes(dir+"/model.onnx");
  using var onnx = OnnxScorer.Load(bytes, t.Signature);
  try {
    using var compiled = CompiledForestScorer.Compile(bytes, t.Signature);
    var golden = JsonSerializer.Deserialize(File.ReadAllBytes(dir+"/golden.json"), RegistryJson.Default.GoldenRows)!;
    var batch = golden.ToBatch(t.Signature);
    var a = new float[batch.Count*onnx.OutputWidth]; var b = new float[a.Length];
    onnx.Score(batch,a); compiled.Score(batch,b);
    Console.Write($"max diff {a.Zip(b).Max(p=>Math.Abs(p.First-p.Second)):E2} ");
    var one = new RowBatch(t.Signature,1); one.AddRow(); for (int c=0;c<t.Signature.Inputs.Count;c++) if (t.Signature.Inputs[c].Type==ColumnType.Number) one.SetNumber(0,c,batch.Numbers(c).Span[0]); else one.SetText(0,c,batch.Texts(c).Span[0]);
    var o = new float[onnx.OutputWidth];
    foreach (IScorer s in new IScorer[]{compiled,onnx}) { for (int i=0;i<20000;i++) s.Score(one,o); var w=System.Diagnostics.Stopwatch.StartNew(); for (int i=0;i<20000;i++) s.Score(one,o); Console.Write($"{s.Engine} {w.Elapsed.TotalNanoseconds/20000:F0} ns "); }
    var big = new RowBatch(t.Signature,1000); for (int i=0;i<1000;i++){ big.AddRow(); for (int c=0;c<t.Signature.Inputs.Count;c++) if (t.Signature.Inputs[c].Type==ColumnType.Number) big.SetNumber(i,c,batch.Numbers(c).Span[i%batch.Count]); else big.SetText(i,c,batch.Texts(c).Span[i%batch.Count]); }
    var ob = new float[1000*onnx.OutputWidth];
    foreach (IScorer s in new IScorer[]{compiled,onnx}) { for (int i=0;i<20;i++) s.Score(big,ob); var w=System.Diagnostics.Stopwatch.StartNew(); for (int i=0;i<20;i++) s.Score(big,ob); Console.Write($"block {s.Engine} {w.Elapsed.TotalNanoseconds/20000:F0} ns "); }
    Console.WriteLine();
  } catch (NotSupportedException x) { Console.WriteLine("not compiled: "+x.Message); }
}
